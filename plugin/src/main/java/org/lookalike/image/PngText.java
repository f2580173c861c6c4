package org.lookalike.image;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * A textual chunk of a PNG, of which two kinds matter: XMP, and EXIF as ImageMagick writes it, in
 * hexadecimal.
 */
final class PngText {

  private static final int LONGEST = 1 << 20;
  private static final int LINES_BEFORE_HEX = 3;
  private static final byte[] EXIF = "Exif\0\0".getBytes(StandardCharsets.ISO_8859_1);

  private PngText() {}

  /** The XMP packet in an iTXt chunk, or null. */
  static ByteBuffer xmp(String chunk, ByteBuffer content) {
    return chunk.equals("iTXt") ? text(chunk, content, "XML:com.adobe.xmp") : null;
  }

  /** The EXIF block in a tEXt, zTXt or iTXt chunk, or null. */
  static ByteBuffer exif(String chunk, ByteBuffer content) {
    ByteBuffer profile = text(chunk, content, "Raw profile type exif");
    if (profile == null) {
      return null;
    }
    String[] lines = StandardCharsets.ISO_8859_1.decode(profile).toString().split("\n");
    if (lines.length <= LINES_BEFORE_HEX) {
      return null;
    }
    String hex =
        String.join("", Arrays.asList(lines).subList(LINES_BEFORE_HEX, lines.length)).strip();
    try {
      ByteBuffer block = ByteBuffer.wrap(HexFormat.of().parseHex(hex));
      boolean prefixed =
          block.limit() >= EXIF.length && block.slice(0, EXIF.length).equals(ByteBuffer.wrap(EXIF));
      return prefixed ? block.slice(EXIF.length, block.limit() - EXIF.length) : block;
    } catch (IllegalArgumentException noHex) {
      return null;
    }
  }

  private static ByteBuffer text(String chunk, ByteBuffer content, String keyword) {
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

  /** At most LONGEST bytes; null if it is longer or broken. */
  private static ByteBuffer inflated(ByteBuffer compressed) {
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
