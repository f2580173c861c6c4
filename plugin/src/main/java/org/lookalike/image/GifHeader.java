package org.lookalike.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** What stands before the pixels of a GIF's first frame. */
final class GifHeader {

  private static final int SCREEN_SIZE = 13;
  private static final int FRAME_SIZE = 10;

  private final ByteBuffer data;
  private Palette palette = Palette.gray();
  private int transparent = -1;

  /** The logical screen, enlarged to hold the frame. */
  final int width;

  final int height;
  int left;
  int top;
  int frameWidth;
  int frameHeight;
  boolean interlaced;

  /** Where the compressed pixels begin: the code size, then sub-blocks. */
  int pixels;

  GifHeader(byte[] bytes) throws ImageException {
    data = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int at = colours(SCREEN_SIZE, u8(10));
    readBlocks(at);
    width = Math.max(u16(6), left + frameWidth);
    height = Math.max(u16(8), top + frameHeight);
  }

  /** The colours of the frame, laid on white. */
  Palette palette() {
    if (transparent >= 0) {
      palette.setAlpha(transparent, 0);
    }
    return palette;
  }

  /** The index of what the frame leaves uncovered. */
  int background() {
    return Math.max(0, transparent);
  }

  private void readBlocks(int at) throws ImageException {
    while (true) {
      switch (u8(at)) {
        case '!' -> {
          if (u8(at + 1) == 0xF9 && u8(at + 2) >= 4 && (u8(at + 3) & 1) != 0) {
            transparent = u8(at + 6);
          }
          at = skipSubBlocks(at + 2);
        }
        case ',' -> {
          left = u16(at + 1);
          top = u16(at + 3);
          frameWidth = u16(at + 5);
          frameHeight = u16(at + 7);
          interlaced = (u8(at + 9) & 0x40) != 0;
          pixels = colours(at + FRAME_SIZE, u8(at + 9));
          return;
        }
        case ';' -> throw ImageException.damaged("a GIF without a frame");
        default -> at++;
      }
    }
  }

  private int skipSubBlocks(int at) {
    while (u8(at) != 0) {
      at += 1 + u8(at);
    }
    return at + 1;
  }

  /** Reads the colour table that {@code flags} announce, if any, and returns where it ends. */
  private int colours(int at, int flags) {
    if ((flags & 0x80) == 0) {
      return at;
    }
    int count = 2 << (flags & 7);
    palette = new Palette();
    boolean grays = true;
    for (int i = 0; i < count; i++, at += 3) {
      palette.set(i, u8(at), u8(at + 1), u8(at + 2));
      grays &= u8(at) == i && u8(at + 1) == i && u8(at + 2) == i;
    }
    if (grays) {
      palette = Palette.gray(); // which goes on where a short table ends
    }
    return at;
  }

  private int u8(int at) {
    return data.get(at) & 0xFF;
  }

  private int u16(int at) {
    return data.getShort(at) & 0xFFFF;
  }
}
