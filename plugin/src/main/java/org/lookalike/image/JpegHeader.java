package org.lookalike.image;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** What the markers before a JPEG's first scan say. */
final class JpegHeader {

  /** How the samples of a frame are to be understood. */
  enum Colours {
    GRAY,
    RGB,
    YCC,
    CMYK,
    YCCK
  }

  private static final byte[] EXIF = "Exif\0\0".getBytes(StandardCharsets.ISO_8859_1);
  private static final byte[] XMP =
      "http://ns.adobe.com/xap/1.0/\0".getBytes(StandardCharsets.ISO_8859_1);
  private static final byte[] ADOBE = "Adobe".getBytes(StandardCharsets.ISO_8859_1);
  private static final byte[] JFIF = "JFIF\0".getBytes(StandardCharsets.ISO_8859_1);

  private final ByteBuffer data;
  private final byte[] essential;
  private int essentialLength;
  private boolean jfif;
  private int adobeTransform = -1;
  private int[] components = {};
  private int[] sampling = {};

  int width;
  int height;
  boolean progressive;
  ByteBuffer exif;
  ByteBuffer xmp;

  JpegHeader(byte[] bytes) throws ImageException {
    data = ByteBuffer.wrap(bytes);
    essential = new byte[bytes.length];
    keep(0, 2);
    int at = 2;
    while (true) {
      while (u8(at) != 0xFF) {
        at++; // what stands between segments is skipped, as libjpeg does
      }
      int from = at;
      while (u8(at) == 0xFF) {
        at++;
      }
      int marker = u8(at++);
      if (marker == 0xD9) {
        throw ImageException.damaged("it ends before its first scan");
      }
      if (marker == 0 || marker == 1 || marker >= 0xD0 && marker <= 0xD8) {
        continue; // stands alone
      }
      int length = u16(at);
      if (length < 2 || at + length > bytes.length) {
        throw ImageException.truncated();
      }
      if (marker == 0xDA) {
        keep(from, bytes.length - from);
        break;
      }
      segment(marker, at + 2, length - 2, from);
      at += length;
    }
    if (components.length == 0) {
      throw ImageException.damaged("its first scan comes before its frame");
    }
  }

  /**
   * The file without application segments and comments: colour profiles and thumbnails are nobody's
   * business here, and the JDK's decoder would interpret them.
   */
  ByteImageStream withoutExtras(Deadline deadline) {
    return new ByteImageStream(essential, essentialLength, deadline);
  }

  int components() {
    return components.length;
  }

  /**
   * How many samples of a component across are stored for each that the densest component stores,
   * as 1/n.
   */
  int sparsenessAcross(int component) {
    return sparseness(component, 4);
  }

  /** The same along columns. */
  int sparsenessDown(int component) {
    return sparseness(component, 0);
  }

  private int sparseness(int component, int shift) {
    int most = 1;
    for (int factors : sampling) {
      most = Math.max(most, factors >> shift & 0xF);
    }
    return most / Math.max(1, sampling[component] >> shift & 0xF);
  }

  /** By the rules of libjpeg-turbo, which Pillow decodes with. */
  Colours colours() throws ImageException {
    return switch (components.length) {
      case 1 -> Colours.GRAY;
      case 3 -> threeComponents();
      case 4 -> adobeTransform <= 0 ? Colours.CMYK : Colours.YCCK;
      default ->
          throw ImageException.unsupported(
              "a JPEG of " + components.length + " components; expected 1, 3 or 4");
    };
  }

  private Colours threeComponents() {
    boolean named = components[0] == 'R' && components[1] == 'G' && components[2] == 'B';
    if (jfif) {
      return Colours.YCC;
    }
    return adobeTransform == 0 || adobeTransform < 0 && named ? Colours.RGB : Colours.YCC;
  }

  private void segment(int marker, int at, int length, int from) throws ImageException {
    if (marker == 0xE0) {
      jfif |= begins(at, length, JFIF);
    } else if (marker == 0xE1) {
      if (exif == null && begins(at, length, EXIF)) {
        exif = data.slice(at + EXIF.length, length - EXIF.length);
      } else if (begins(at, length, XMP)) {
        xmp = data.slice(at + XMP.length, length - XMP.length);
      }
    } else if (marker == 0xEE && length >= 12 && begins(at, length, ADOBE)) {
      adobeTransform = u8(at + 11);
    }
    boolean extra = marker >= 0xE0 && marker <= 0xEF || marker == 0xFE;
    if (!extra) {
      keep(from, at + length - from);
    }
    boolean frame =
        marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    if (frame) {
      frame(marker, at);
    }
  }

  private void frame(int marker, int at) throws ImageException {
    if (components.length > 0) {
      throw ImageException.damaged("it has two frames");
    }
    if (marker > 0xC2) {
      throw ImageException.unsupported(
          (marker >= 0xC9
                  ? "an arithmetically coded"
                  : marker == 0xC3 ? "a lossless" : "a hierarchical")
              + " JPEG; expected a baseline or progressive one");
    }
    if (u8(at) != 8) {
      throw ImageException.unsupported("a JPEG of " + u8(at) + "-bit samples; expected 8");
    }
    progressive = marker == 0xC2;
    height = u16(at + 1);
    width = u16(at + 3);
    components = new int[u8(at + 5)];
    sampling = new int[components.length];
    for (int i = 0; i < components.length; i++) {
      components[i] = u8(at + 6 + 3 * i);
      sampling[i] = u8(at + 7 + 3 * i);
    }
  }

  private boolean begins(int at, int length, byte[] with) {
    return length >= with.length && data.slice(at, with.length).equals(ByteBuffer.wrap(with));
  }

  private void keep(int from, int length) {
    data.get(from, essential, essentialLength, length);
    essentialLength += length;
  }

  private int u8(int at) {
    return data.get(at) & 0xFF;
  }

  private int u16(int at) {
    return data.getShort(at) & 0xFFFF;
  }
}
