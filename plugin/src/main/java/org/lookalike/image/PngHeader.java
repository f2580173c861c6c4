package org.lookalike.image;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;

/** The chunks of a PNG that matter, found and checked, none inflated. */
final class PngHeader {

  private static final int SIGNATURE = 8;

  private final ByteBuffer data;

  final int width;
  final int height;
  final int depth;
  final int colourType;
  final boolean interlaced;
  final List<ByteBuffer> compressed = new ArrayList<>();
  ByteBuffer palette;
  ByteBuffer transparency;
  ByteBuffer exif;
  ByteBuffer xmp;
  private final PngTexts texts = new PngTexts();

  PngHeader(byte[] bytes) throws ImageException {
    data = ByteBuffer.wrap(bytes);
    if (data.getInt(SIGNATURE) != 13 || data.getInt(SIGNATURE + 4) != name("IHDR")) {
      throw ImageException.damaged("it does not begin with the chunk IHDR");
    }
    checkSum(SIGNATURE + 4, 4 + 13);
    int at = SIGNATURE + 8;
    width = data.getInt(at);
    height = data.getInt(at + 4);
    depth = data.get(at + 8);
    colourType = data.get(at + 9);
    interlaced = data.get(at + 12) != 0;
    checkKind();
    if (data.get(at + 10) != 0 || data.get(at + 11) != 0 || (data.get(at + 12) & 0xFE) != 0) {
      throw ImageException.unsupported("a PNG of unknown compression, filter or interlacing");
    }
    readChunks(at + 13 + 4);
  }

  int channels() {
    return switch (colourType) {
      case 2 -> 3;
      case 4 -> 2;
      case 6 -> 4;
      default -> 1;
    };
  }

  private void checkKind() throws ImageException {
    boolean known =
        switch (colourType) {
          case 0 -> depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
          case 3 -> depth == 1 || depth == 2 || depth == 4 || depth == 8;
          case 2, 4, 6 -> depth == 8 || depth == 16;
          default -> false;
        };
    if (!known) {
      throw ImageException.damaged(
          "a PNG of colour type " + colourType + " with " + depth + " bits does not exist");
    }
  }

  /** What stands after the pixels is optional: programs that cut it off leave a whole picture. */
  private void readChunks(int first) throws ImageException {
    for (int at = first; at <= data.limit() - 8; ) {
      int length = data.getInt(at);
      int name = data.getInt(at + 4);
      boolean pixels = name == name("IDAT");
      int available = Math.min(length, data.limit() - at - 8);
      if (length < 0 || available < length && !pixels || name == name("IEND")) {
        break;
      }
      ByteBuffer content = data.slice(at + 8, available);
      if (pixels) {
        compressed.add(content);
      } else if (compressed.isEmpty()) {
        checkSum(at + 4, 4 + length);
        chunk(name, content);
      }
      facts(name, content);
      at += 12 + available;
    }
    exif = exif == null ? texts.exif() : exif;
    xmp = texts.xmp();
    if (compressed.isEmpty()) {
      throw ImageException.truncated();
    }
    if (colourType == 3 && palette == null) {
      throw ImageException.damaged("its palette is missing");
    }
  }

  private void chunk(int name, ByteBuffer content) {
    if (name == name("PLTE")) {
      palette = content;
    } else if (name == name("tRNS")) {
      transparency = content;
    }
  }

  /** Facts may stand before the pixels or after them; a chunk of their own goes before text. */
  private void facts(int name, ByteBuffer content) {
    if (name == name("eXIf")) {
      exif = content;
    }
    for (String text : List.of("tEXt", "zTXt", "iTXt")) {
      if (name == name(text)) {
        texts.read(text, content);
      }
    }
  }

  private void checkSum(int from, int length) throws ImageException {
    CRC32 sum = new CRC32();
    sum.update(data.slice(from, length));
    if ((int) sum.getValue() != data.getInt(from + length)) {
      throw ImageException.damaged("a chunk of it has a wrong checksum");
    }
  }

  private static int name(String name) {
    return name.charAt(0) << 24 | name.charAt(1) << 16 | name.charAt(2) << 8 | name.charAt(3);
  }
}
