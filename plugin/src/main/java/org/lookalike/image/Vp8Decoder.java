package org.lookalike.image;

import java.io.IOException;

/**
 * The lossy pictures of WebP: key frames of VP8 (RFC 6386).
 *
 * <p>Written anew, because parity with libwebp, which Pillow uses, is the point: other decoders in
 * Java interpolate chroma differently or filter less, which moved embeddings as far as a cosine of
 * 0.98.
 */
final class Vp8Decoder {

  private Vp8Decoder() {}

  /** Bytes of memory for the planes of a frame, its pixels and its opacity. */
  static long memoryBytes(int width, int height) {
    return 6L * (width + 16) * (height + 16);
  }

  /** The RGB pixels of a frame. */
  static Pixels decode(byte[] frame, Deadline deadline) throws IOException, ImageException {
    Vp8Header header = new Vp8Header(frame);
    Vp8Planes planes = new Vp8Planes(header.width, header.height);
    Vp8Macroblocks macroblocks = new Vp8Macroblocks(header, planes);
    for (int row = 0; row < planes.rows; row++) {
      deadline.check();
      macroblocks.readRow(row);
    }
    Vp8LoopFilter filter = new Vp8LoopFilter(header, planes);
    for (int row = 0; row < planes.rows; row++) {
      deadline.check();
      filter.filterRow(row);
    }
    byte[] rgb = new byte[3 * header.width * header.height];
    Vp8Colours colours = new Vp8Colours(planes, header.width, header.height);
    for (int y = 0; y < header.height; y++) {
      colours.writeRow(y, rgb, 3 * y * header.width);
    }
    return new Pixels(rgb, header.width, header.height);
  }
}
