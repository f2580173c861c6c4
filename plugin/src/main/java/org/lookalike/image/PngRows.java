package org.lookalike.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.List;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** The rows of a PNG, inflated and unfiltered one after the other. */
final class PngRows implements AutoCloseable {

  private final Inflater inflater = new Inflater();
  private final Iterator<ByteBuffer> compressed;
  private final Deadline deadline;

  PngRows(List<ByteBuffer> compressed, Deadline deadline) {
    this.compressed = compressed.iterator();
    this.deadline = deadline;
  }

  /**
   * Reads one row over the row before it, which must be all zero for the first.
   *
   * @param above the row before on entry
   * @param row this row on return
   * @param step bytes from one pixel to the next, at least 1
   */
  void read(byte[] above, byte[] row, int step) throws IOException, ImageException {
    deadline.check();
    byte[] filter = new byte[1];
    inflate(filter);
    inflate(row);
    switch (filter[0]) {
      case 0 -> {}
      case 1 -> {
        for (int i = step; i < row.length; i++) {
          row[i] += row[i - step];
        }
      }
      case 2 -> {
        for (int i = 0; i < row.length; i++) {
          row[i] += above[i];
        }
      }
      case 3 -> {
        for (int i = 0; i < row.length; i++) {
          int left = i < step ? 0 : row[i - step] & 0xFF;
          row[i] += (byte) (left + (above[i] & 0xFF) >> 1);
        }
      }
      case 4 -> {
        for (int i = 0; i < row.length; i++) {
          int left = i < step ? 0 : row[i - step] & 0xFF;
          int corner = i < step ? 0 : above[i - step] & 0xFF;
          row[i] += (byte) nearest(left, above[i] & 0xFF, corner);
        }
      }
      default -> throw ImageException.damaged("a row has the unknown filter " + (filter[0] & 0xFF));
    }
  }

  /** Paeth's predictor: whichever of the three is closest to left + above - corner. */
  private static int nearest(int left, int above, int corner) {
    int toLeft = Math.abs(above - corner);
    int toAbove = Math.abs(left - corner);
    int toCorner = Math.abs(left + above - 2 * corner);
    if (toLeft <= toAbove && toLeft <= toCorner) {
      return left;
    }
    return toAbove <= toCorner ? above : corner;
  }

  private void inflate(byte[] target) throws ImageException {
    try {
      int done = 0;
      while (done < target.length) {
        int count = inflater.inflate(target, done, target.length - done);
        done += count;
        if (count == 0) {
          supply();
        }
      }
    } catch (DataFormatException broken) {
      throw ImageException.damaged("its compressed data is broken");
    }
  }

  private void supply() throws ImageException {
    if (inflater.finished()
        || inflater.needsDictionary()
        || !inflater.needsInput()
        || !compressed.hasNext()) {
      throw ImageException.truncated();
    }
    inflater.setInput(compressed.next().duplicate()); // so that it can be read again
  }

  @Override
  public void close() {
    inflater.end();
  }
}
