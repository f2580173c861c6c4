package org.lookalike.model;

/** Embeddings as signed bytes, for fields whose vectors are stored in a quarter of the space. */
public final class ByteQuantiser {
  private ByteQuantiser() {}

  /**
   * Scale a vector so that its largest component becomes ±127, and round half to even, as {@code
   * lookalike/encoder/quantise.py} does: cosine does not see the scale.
   */
  public static float[] toBytes(float[] embedding) {
    float largest = 0;
    for (float value : embedding) {
      largest = Math.max(largest, Math.abs(value));
    }
    float scale = 127.0f / Math.max(largest, 1e-9f);
    float[] bytes = new float[embedding.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (float) Math.rint(embedding[i] * scale);
    }
    return bytes;
  }
}
