package org.lookalike.query;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;

import java.util.List;
import org.junit.Test;

/** Values by hand; those of Python's refining.py are the same. */
public class ExamplesTests {
  private static final float[] RIGHT = {1, 0, 0};
  private static final float[] UP = {0, 7, 0}; // lengths do not count
  private static final float[] AWAY = {0, 0, 2};

  @Test
  public void theMeanOfWhatIsWantedLessSomeOfTheMeanOfWhatIsNot() {
    float[] refined = new Examples(List.of(UP, UP), List.of(AWAY, AWAY, AWAY)).refine(RIGHT);
    double length = Math.sqrt(1 / 9.0 + 4 / 9.0 + 0.15 * 0.15);
    float[] expected = {
      (float) (1 / 3.0 / length), (float) (2 / 3.0 / length), (float) (-0.15 / length)
    };
    assertArrayEquals(expected, refined, 1e-7f);
  }

  @Test
  public void withoutExamplesOfOneKindTheOtherAloneCounts() {
    float half = (float) Math.sqrt(0.5);
    assertArrayEquals(
        new float[] {half, half, 0}, new Examples(List.of(UP), List.of()).refine(RIGHT), 1e-7f);
    float[] less = new Examples(List.of(), List.of(UP)).refine(RIGHT);
    double length = Math.sqrt(1 + 0.15 * 0.15);
    float[] expected = {(float) (1 / length), (float) (-0.15 / length), 0};
    assertArrayEquals(expected, less, 1e-7f);
  }

  @Test
  public void lessOfTheSameLeavesTheDirection() {
    assertArrayEquals(RIGHT, new Examples(List.of(), List.of(RIGHT)).refine(RIGHT), 1e-7f);
  }

  @Test
  public void ifNothingIsLeftThatIsSaid() {
    Examples opposite = new Examples(List.of(new float[] {-3, 0, 0}), List.of());
    IllegalArgumentException error =
        assertThrows(IllegalArgumentException.class, () -> opposite.refine(RIGHT));
    assertEquals(
        "[more_like] and [less_like] cancel what is asked for, so nothing is left to look for",
        error.getMessage());
  }

  @Test
  public void anExampleOfAnotherLengthIsRefused() {
    Examples longer = new Examples(List.of(new float[4]), List.of());
    IllegalArgumentException error =
        assertThrows(IllegalArgumentException.class, () -> longer.refine(RIGHT));
    assertEquals(
        "[more_like] and [less_like] need vectors of [3] numbers, as the picture that is asked"
            + " about has, found one of [4]",
        error.getMessage());
  }
}
