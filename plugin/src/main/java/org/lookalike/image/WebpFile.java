package org.lookalike.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A WebP, lossy or lossless, or the first frame of an animated one on its canvas; transparency is
 * laid on white.
 */
final class WebpFile implements PictureFile {

  private final WebpHeader header;

  WebpFile(byte[] bytes) throws ImageException {
    header = new WebpHeader(bytes);
  }

  @Override
  public int width() {
    return header.width;
  }

  @Override
  public int height() {
    return header.height;
  }

  @Override
  public ByteBuffer exif() {
    return header.exif;
  }

  @Override
  public ByteBuffer xmp() {
    return header.xmp;
  }

  /**
   * The pixels of canvas and frame; planes and opacity of a lossy one, pixels and transforms of a
   * lossless one.
   */
  @Override
  public long memoryBytes() {
    long frame = (long) header.frameWidth * header.frameHeight;
    boolean decodesLossless = header.isLossless() || header.opacity() != null;
    boolean lossless = header.isLossless();
    return 3L * header.width * header.height
        + (lossless ? 0 : Vp8Decoder.memoryBytes(header.frameWidth, header.frameHeight))
        + (lossless || header.opacity() != null
            ? Vp8lDecoder.memoryBytes(header.frameWidth, header.frameHeight)
            : 0);
  }

  @Override
  public Pixels decode(Deadline deadline, int enough) throws IOException, ImageException {
    byte[] rgb = new byte[3 * header.width * header.height];
    if (header.alpha) {
      Arrays.fill(rgb, (byte) -1);
    }
    if (header.isLossless()) {
      placeLossless(rgb, deadline);
    } else {
      placeLossy(rgb, deadline);
    }
    return new Pixels(rgb, header.width, header.height);
  }

  private void placeLossless(byte[] rgb, Deadline deadline) throws IOException, ImageException {
    int[] pixels =
        Vp8lDecoder.decode(header.picture(), header.frameWidth, header.frameHeight, deadline);
    for (int y = 0, from = 0; y < header.frameHeight; y++) {
      int to = place(y);
      for (int x = 0; x < header.frameWidth; x++, from++, to += 3) {
        int opacity = header.alpha ? pixels[from] >>> 24 : 255;
        rgb[to] = Samples.onWhite(pixels[from] >> 16 & 0xFF, opacity);
        rgb[to + 1] = Samples.onWhite(pixels[from] >> 8 & 0xFF, opacity);
        rgb[to + 2] = Samples.onWhite(pixels[from] & 0xFF, opacity);
      }
    }
  }

  private void placeLossy(byte[] rgb, Deadline deadline) throws IOException, ImageException {
    byte[] frame = new byte[header.picture().limit()];
    header.picture().get(0, frame);
    byte[] pixels = Vp8Decoder.decode(frame, deadline).rgb();
    byte[] opacity =
        header.alpha && header.opacity() != null
            ? WebpOpacity.decode(header.opacity(), header.frameWidth, header.frameHeight, deadline)
            : null;
    for (int y = 0; y < header.frameHeight; y++) {
      int from = 3 * y * header.frameWidth;
      int to = place(y);
      System.arraycopy(pixels, from, rgb, to, 3 * header.frameWidth);
      for (int i = 0; opacity != null && i < 3 * header.frameWidth; i++) {
        rgb[to + i] = Samples.onWhite(rgb[to + i] & 0xFF, opacity[(from + i) / 3] & 0xFF);
      }
    }
  }

  /** Where row {@code y} of the frame begins on the canvas. */
  private int place(int y) {
    return 3 * ((header.top + y) * header.width + header.left);
  }
}
