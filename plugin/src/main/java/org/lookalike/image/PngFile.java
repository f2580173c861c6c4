package org.lookalike.image;

import java.io.IOException;
import java.nio.ByteBuffer;

/** A PNG of any kind. Of 16-bit samples the high byte counts; transparency is laid on white. */
final class PngFile implements PictureFile {

  /** Adam7: first column, first row, columns apart, rows apart. */
  private static final int[][] PASSES = {
    {0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}
  };

  private static final int[][] WHOLE = {{0, 0, 1, 1}};

  private static final long PIECE_BYTES = 64; // a buffer's object, and the reference to it

  private final PngHeader header;

  PngFile(byte[] bytes) throws ImageException {
    header = new PngHeader(bytes);
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

  /** The pixels, two rows as stored and one as samples, and what tells where each piece lies. */
  @Override
  public long memoryBytes() {
    return 3L * header.width * header.height
        + 2 * rowBytes(header.width)
        + (long) header.width * header.channels()
        + PIECE_BYTES * header.compressed.size();
  }

  @Override
  public Pixels decode(Deadline deadline, int enough) throws IOException, ImageException {
    byte[] rgb = new byte[3 * header.width * header.height];
    PngColours colours = new PngColours(header);
    try (PngRows rows = new PngRows(header.compressed, deadline)) {
      for (int[] pass : header.interlaced ? PASSES : WHOLE) {
        readPass(pass, rows, colours, rgb);
      }
    }
    return new Pixels(rgb, header.width, header.height);
  }

  private void readPass(int[] pass, PngRows rows, PngColours colours, byte[] rgb)
      throws IOException, ImageException {
    int columns = Math.ceilDiv(header.width - pass[0], pass[2]);
    if (columns < 1) {
      return;
    }
    int step = Math.max(1, header.depth * header.channels() / 8);
    byte[] above = new byte[(int) rowBytes(columns)];
    byte[] row = new byte[above.length];
    byte[] samples = new byte[columns * header.channels()];
    for (int y = pass[1]; y < header.height; y += pass[3]) {
      rows.read(above, row, step);
      Bits.toBytes(row, 0, header.depth, samples, colours.scale());
      colours.toRgb(samples, rgb, 3 * (y * header.width + pass[0]), 3 * pass[2]);
      byte[] done = row;
      row = above;
      above = done;
    }
  }

  private long rowBytes(int columns) {
    return Math.ceilDiv((long) columns * header.channels() * header.depth, 8L);
  }
}
