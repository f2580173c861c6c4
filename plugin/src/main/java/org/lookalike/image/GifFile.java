package org.lookalike.image;

import java.io.IOException;
import java.nio.ByteBuffer;

/** The first frame of a GIF on its logical screen, transparency laid on white. */
final class GifFile implements PictureFile {

  /** First row and rows apart of each pass of an interlaced frame. */
  private static final int[][] PASSES = {{0, 8}, {4, 8}, {2, 4}, {1, 2}};

  private static final int[][] WHOLE = {{0, 1}};

  private final byte[] bytes;
  private final GifHeader header;

  GifFile(byte[] bytes) throws ImageException {
    this.bytes = bytes;
    this.header = new GifHeader(bytes);
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
    return null;
  }

  @Override
  public ByteBuffer xmp() {
    return null;
  }

  @Override
  public long memoryBytes() {
    return 3L * header.width * header.height + header.frameWidth;
  }

  @Override
  public Pixels decode(Deadline deadline, int enough) throws IOException, ImageException {
    byte[] rgb = new byte[3 * header.width * header.height];
    Palette palette = header.palette();
    boolean covered = header.frameWidth == header.width && header.frameHeight == header.height;
    for (int to = 0; !covered && to < rgb.length; to += 3) {
      palette.copy(header.background(), rgb, to);
    }
    GifCodes codes = new GifCodes(bytes, header.pixels);
    byte[] row = new byte[header.frameWidth];
    for (int[] pass : header.interlaced ? PASSES : WHOLE) {
      for (int y = pass[0]; y < header.frameHeight; y += pass[1]) {
        deadline.check();
        codes.read(row);
        int to = 3 * ((header.top + y) * header.width + header.left);
        for (int x = 0; x < row.length; x++, to += 3) {
          palette.copy(row[x] & 0xFF, rgb, to);
        }
      }
    }
    return new Pixels(rgb, header.width, header.height);
  }
}
