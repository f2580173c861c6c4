package org.lookalike.model;

import static org.junit.Assert.assertArrayEquals;

import org.junit.Test;

/** The same numbers as tests/encoder/test_quantise.py, for both languages fill the same indices. */
public class ByteQuantiserTests {
  @Test
  public void theLargestComponentBecomes127() {
    assertArrayEquals(new float[] {127, -64, 0}, quantised(0.5f, -0.25f, 0), 0);
    assertArrayEquals(new float[] {32, 64, -127}, quantised(0.01f, 0.02f, -0.04f), 0);
  }

  @Test
  public void aZeroVectorStaysZero() {
    assertArrayEquals(new float[] {0, 0}, quantised(0, 0), 0);
  }

  private static float[] quantised(float... vector) {
    return ByteQuantiser.toBytes(vector);
  }
}
