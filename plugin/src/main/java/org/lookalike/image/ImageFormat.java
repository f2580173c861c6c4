package org.lookalike.image;

import java.util.Locale;

/** The formats we read, told apart by their first bytes; never by a name. */
enum ImageFormat {
  JPEG,
  PNG,
  WEBP,
  GIF,
  BMP,
  TIFF;

  static final String NAMES = "jpeg, png, webp, gif, bmp, tiff";

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }

  static ImageFormat of(byte[] bytes) throws ImageException {
    if (begins(bytes, 0, "\u00FF\u00D8\u00FF")) {
      return JPEG;
    }
    if (begins(bytes, 0, "\u0089PNG\r\n\u001A\n")) {
      return PNG;
    }
    if (begins(bytes, 0, "GIF87a") || begins(bytes, 0, "GIF89a")) {
      return GIF;
    }
    if (begins(bytes, 0, "RIFF") && begins(bytes, 8, "WEBP")) {
      return WEBP;
    }
    if (begins(bytes, 0, "II*\0") || begins(bytes, 0, "MM\0*")) {
      return TIFF;
    }
    if (begins(bytes, 0, "II+\0") || begins(bytes, 0, "MM\0+")) {
      throw ImageException.unsupported("a BigTIFF image; expected a TIFF of at most 4 GB");
    }
    if (begins(bytes, 0, "BM")) {
      return BMP;
    }
    throw new ImageException(ImageException.Kind.NOT_AN_IMAGE, "not a " + NAMES + " image");
  }

  private static boolean begins(byte[] bytes, int at, String magic) {
    for (int i = 0; i < magic.length(); i++) {
      if (at + i >= bytes.length || (bytes[at + i] & 0xFF) != magic.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  PictureFile open(byte[] bytes) throws ImageException {
    return switch (this) {
      case JPEG -> new JpegFile(bytes);
      case PNG -> new PngFile(bytes);
      case WEBP -> new WebpFile(bytes);
      case GIF -> new GifFile(bytes);
      case BMP -> new BmpFile(bytes);
      case TIFF -> new TiffFile(bytes);
    };
  }
}
