package org.lookalike.image;

import java.io.IOException;
import java.util.Arrays;

/**
 * The indices of a run-length coded BMP, in the order of the file, by Pillow's reading of the
 * format.
 */
final class BmpRuns {

  private final byte[] data;
  private final BmpHeader header;
  private int at;
  private byte[] indices;
  private int done;

  BmpRuns(byte[] data, BmpHeader header) {
    this.data = data;
    this.header = header;
    this.at = header.pixels;
  }

  /** One byte for each pixel. */
  byte[] indices(Deadline deadline) throws IOException, ImageException {
    indices = new byte[header.width * header.height];
    int column = 0;
    while (done < indices.length) {
      deadline.check();
      if (at + 2 > data.length) {
        throw ImageException.truncated();
      }
      int count = data[at++] & 0xFF;
      int what = data[at++] & 0xFF;
      if (count > 0) {
        run(Math.min(count, Math.max(0, header.width - column)), what);
        column += count;
      } else if (what == 0) {
        advance(Math.floorMod(-done, header.width));
        column = 0;
      } else if (what == 1) {
        throw ImageException.truncated();
      } else if (what == 2) {
        advance((data[at++] & 0xFF) + (long) (data[at++] & 0xFF) * header.width);
        column = done % header.width;
      } else {
        literal(Math.min(what, indices.length - done));
        column += what;
      }
    }
    return indices;
  }

  private void run(int count, int value) {
    int end = Math.min(indices.length, done + count);
    if (header.compression == BmpHeader.RLE8) {
      Arrays.fill(indices, done, end, (byte) value);
    } else {
      for (int i = done; i < end; i++) {
        indices[i] = (byte) ((i - done) % 2 == 0 ? value >> 4 : value & 0xF);
      }
    }
    done = end;
  }

  private void advance(long count) {
    done = (int) Math.min(indices.length, done + count);
  }

  private void literal(int count) {
    int bits = header.compression == BmpHeader.RLE8 ? 8 : 4;
    byte[] values = new byte[count];
    Bits.toBytes(data, at, bits, values, 1);
    System.arraycopy(values, 0, indices, done, count);
    done += count;
    at += Math.ceilDiv(count * bits, 8);
    at += at % 2;
  }
}
