package org.lookalike.image;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * The textual chunks of a PNG, of which two kinds matter: XMP, and EXIF as ImageMagick writes it,
 * in hexadecimal. Of several of a kind the first that can be read counts.
 */
final class PngTexts {

  private static final int LONGEST = 1 << 20;

  /** Pillow, too, inflates no more than 64 MB of text. */
  private static final int MOST_INFLATED = 64;

  private static final int LINES_BEFORE_HEX = 3;
  private static final byte[] EXIF = "Exif\0\0".getBytes(StandardCharsets.ISO_8859_1);

  private ByteBuffer exif;
  private ByteBuffer xmp;
  private int inflated;

  /** The EXIF block, or null. */
  ByteBuffer exif() {
    return exif;
  }

  /** The XMP packet, or null. */
  ByteBuffer xmp() {
    return xmp;
  }

  /** Looks into a chunk named tEXt, zTXt or iTXt. */
  void read(String chunk, ByteBuffer content) {
    if (exif == null) {
      exif = unhexed(text(chunk, content, "Raw profile type exif"));
    }
    if (xmp == null && chunk.equals("iTXt")) {
      xmp = text(chunk, content, "XML:com.adobe.xmp");
    }
  }

  private static ByteBuffer unhexed(ByteBuffer profile) {
    if (profile == null) {
      return null;
    }
    String[] lines =
        StandardCharsets.ISO_8859_1.decode(profile).toString().split("\n", LINES_BEFORE_HEX + 1);
    if (lines.length <= LINES_BEFORE_HEX) {
      return null;
    }
    try {
      String hex = lines[LINES_BEFORE_HEX].replace("\n", "").strip();
      ByteBuffer block = ByteBuffer.wrap(HexFormat.of().parseHex(hex));
      boolean prefixed =
          block.limit() >= EXIF.length && block.slice(0, EXIF.length).equals(ByteBuffer.wrap(EXIF));
      return prefixed ? block.slice(EXIF.length, block.limit() - EXIF.length) : block;
    } catch (IllegalArgumentException noHex) {
      return null;
    }
  }

  private ByteBuffer text(String chunk, ByteBuffer content, String keyword) {
    byte[] start = (keyword + '\0').getBytes(StandardCharsets.ISO_8859_1);
    if (content.limit() < start.length + 2
        || !content.slice(0, start.length).equals(ByteBuffer.wrap(start))) {
      return null;
    }
    int at = start.length;
    boolean compressed = chunk.equals("zTXt");
    if (compressed) {
      at++; // the method, of which there is one
    } else if (chunk.equals("iTXt")) {
      compressed = content.get(at) != 0;
      at = afterNul(content, afterNul(content, at + 2)); // language and translated keyword
    }
    if (at > content.limit()) {
      return null;
    }
    ByteBuffer text = content.slice(at, content.limit() - at);
    return compressed ? inflated(text) : text;
  }

  private static int afterNul(ByteBuffer content, int at) {
    while (at < content.limit() && content.get(at) != 0) {
      at++;
    }
    return at + 1;
  }

  /** At most LONGEST bytes; null if it is longer or broken, or too many came before. */
  private ByteBuffer inflated(ByteBuffer compressed) {
    if (inflated == MOST_INFLATED) {
      return null;
    }
    inflated++;
    byte[] text = new byte[LONGEST];
    Inflater inflater = new Inflater();
    try {
      inflater.setInput(compressed);
      int length = inflater.inflate(text);
      return inflater.finished() ? ByteBuffer.wrap(text, 0, length).slice() : null;
    } catch (DataFormatException broken) {
      return null;
    } finally {
      inflater.end();
    }
  }
}
