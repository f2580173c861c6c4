package org.lookalike.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;

/** The lossless pictures of WebP: VP8L, by its specification in RFC 9649. */
final class Vp8lDecoder {

  private static final int SIGNATURE = 0x2F;
  private static final int FIXED_BYTES = 1 << 18;

  private final Vp8lBits bits;
  private final Deadline deadline;
  private final int width;
  private final int height;

  /** What must be undone, the last transform first. */
  private final Deque<Step> steps = new ArrayDeque<>();

  private interface Step {
    int[] undo(int[] pixels) throws IOException;
  }

  private Vp8lDecoder(Vp8lBits bits, int width, int height, Deadline deadline) {
    this.bits = bits;
    this.width = width;
    this.height = height;
    this.deadline = deadline;
  }

  /**
   * Bytes of memory for the pixels before and after their palette, the images of transforms and the
   * tables of codes.
   */
  static long memoryBytes(int width, int height) {
    return (9L + 2 * Vp8lImage.TABLE_ENTRIES_PER_PIXEL) * width * height + FIXED_BYTES;
  }

  /**
   * The pixels of a bitstream that begins with its header: alpha, red, green, blue from the highest
   * byte on.
   */
  static int[] decode(ByteBuffer bitstream, int width, int height, Deadline deadline)
      throws IOException, ImageException {
    Vp8lBits bits = new Vp8lBits(bitstream);
    boolean known = bits.read(8) == SIGNATURE;
    int ownWidth = 1 + bits.read(14);
    int ownHeight = 1 + bits.read(14);
    bits.read(1); // whether alpha matters; the container says it, too
    if (!known || bits.read(3) != 0) {
      throw ImageException.damaged("its pixels do not begin with VP8L's signature");
    }
    if (ownWidth != width || ownHeight != height) {
      throw ImageException.damaged("its header and its picture differ");
    }
    return decodeContent(bits, width, height, deadline);
  }

  /** The same for a bitstream without header. */
  static int[] decodeHeadless(ByteBuffer bitstream, int width, int height, Deadline deadline)
      throws IOException, ImageException {
    return decodeContent(new Vp8lBits(bitstream), width, height, deadline);
  }

  private static int[] decodeContent(Vp8lBits bits, int width, int height, Deadline deadline)
      throws IOException, ImageException {
    Vp8lDecoder decoder = new Vp8lDecoder(bits, width, height, deadline);
    int storedWidth = decoder.readTransforms();
    int[] pixels = new Vp8lImage(bits, storedWidth, height, deadline).read(true);
    for (Step step : decoder.steps) {
      deadline.check();
      pixels = step.undo(pixels);
    }
    return pixels;
  }

  /** The width of the image as stored: a palette may pack several pixels into one. */
  private int readTransforms() throws IOException, ImageException {
    int storedWidth = width;
    int seen = 0;
    while (bits.flag()) {
      int kind = bits.read(2);
      if ((seen >> kind & 1) != 0) {
        throw ImageException.damaged("it has a transform twice");
      }
      seen |= 1 << kind;
      int current = storedWidth;
      switch (kind) {
        case Vp8lTransform.SUBTRACT_GREEN ->
            steps.addFirst(
                pixels -> {
                  Vp8lTransform.addGreen(pixels);
                  return pixels;
                });
        case Vp8lTransform.INDEXING -> {
          int[] colours = new Vp8lImage(bits, 1 + bits.read(8), 1, deadline).read(false);
          int packing =
              colours.length > 16 ? 0 : colours.length > 4 ? 1 : colours.length > 2 ? 2 : 3;
          int[] palette = Vp8lTransform.palette(colours);
          steps.addFirst(packed -> Vp8lTransform.lookUp(packed, current, height, palette, packing));
          storedWidth = Math.ceilDiv(current, 1 << packing);
        }
        default -> {
          int blockBits = 2 + bits.read(3);
          int across = Math.ceilDiv(current, 1 << blockBits);
          int down = Math.ceilDiv(height, 1 << blockBits);
          int[] blocks = new Vp8lImage(bits, across, down, deadline).read(false);
          steps.addFirst(
              pixels -> {
                if (kind == Vp8lTransform.PREDICTOR) {
                  Vp8lTransform.addPrediction(pixels, current, blocks, blockBits);
                } else {
                  Vp8lTransform.addShares(pixels, current, blocks, blockBits);
                }
                return pixels;
              });
        }
      }
    }
    return storedWidth;
  }
}
