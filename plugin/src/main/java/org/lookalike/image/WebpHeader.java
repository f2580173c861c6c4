package org.lookalike.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** The chunks of a WebP: its canvas, the first picture on it, and what it says of itself. */
final class WebpHeader {

  private static final int RIFF_HEADER = 12;
  private static final int ALPHA = 0x10;
  private static final int ANIMATED = 0x02;

  private final ByteBuffer data;
  private ByteBuffer alphaChunk;
  private ByteBuffer pictureChunk;
  private boolean lossless;
  private boolean extended;
  private boolean animated;

  int width;
  int height;
  boolean alpha;

  /** Where the first picture lies on the canvas, and its size. */
  int left;

  int top;
  int frameWidth;
  int frameHeight;
  ByteBuffer exif;
  ByteBuffer xmp;

  WebpHeader(byte[] bytes) throws ImageException {
    data = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    long end = 8 + (data.getInt(4) & 0xFFFFFFFFL);
    if (end > bytes.length) {
      throw ImageException.truncated();
    }
    readChunks(RIFF_HEADER, (int) end, true);
    if (pictureChunk == null) {
      throw ImageException.truncated();
    }
    readPicture();
  }

  /** The first picture alone, as a file of its own. */
  byte[] stillPicture() {
    boolean withOpacity = !lossless && alpha && alphaChunk != null;
    int length = 4 + padded(pictureChunk) + (withOpacity ? 18 + padded(alphaChunk) : 0);
    ByteBuffer file = ByteBuffer.allocate(8 + length).order(ByteOrder.LITTLE_ENDIAN);
    file.put(name("RIFF")).putInt(length).put(name("WEBP"));
    if (withOpacity) {
      file.put(name("VP8X")).putInt(10).putInt(ALPHA);
      putU24(file, frameWidth - 1);
      putU24(file, frameHeight - 1);
      put(file, "ALPH", alphaChunk);
    }
    put(file, lossless ? "VP8L" : "VP8 ", pictureChunk);
    return file.array();
  }

  private static int padded(ByteBuffer content) {
    return 8 + content.limit() + content.limit() % 2;
  }

  private static void put(ByteBuffer file, String name, ByteBuffer content) {
    file.put(name(name)).putInt(content.limit()).put(content.duplicate().rewind());
    file.position(file.position() + content.limit() % 2);
  }

  private static void putU24(ByteBuffer file, int value) {
    file.put((byte) value).put((byte) (value >> 8)).put((byte) (value >> 16));
  }

  private static byte[] name(String name) {
    return name.getBytes(StandardCharsets.ISO_8859_1);
  }

  private void readChunks(int at, int end, boolean outer) throws ImageException {
    while (at + 8 <= end && (pictureChunk == null || outer)) {
      long length = data.getInt(at + 4) & 0xFFFFFFFFL;
      if (at + 8 + length > end) {
        throw ImageException.truncated();
      }
      ByteBuffer content = data.slice(at + 8, (int) length).order(ByteOrder.LITTLE_ENDIAN);
      byte[] name = {data.get(at), data.get(at + 1), data.get(at + 2), data.get(at + 3)};
      chunk(new String(name, StandardCharsets.ISO_8859_1), content, at + 8);
      at += (int) (8 + length + length % 2);
    }
  }

  private void chunk(String name, ByteBuffer content, int at) throws ImageException {
    switch (name) {
      case "VP8X" -> {
        extended = true;
        animated = (content.get(0) & ANIMATED) != 0;
        alpha = (content.get(0) & ALPHA) != 0;
        width = 1 + u24(content, 4);
        height = 1 + u24(content, 7);
      }
      case "ANMF" -> {
        if (pictureChunk == null) {
          left = 2 * u24(content, 0);
          top = 2 * u24(content, 3);
          frameWidth = 1 + u24(content, 6);
          frameHeight = 1 + u24(content, 9);
          readChunks(at + 16, at + content.limit(), false);
        }
      }
      case "ALPH" -> alphaChunk = pictureChunk == null ? content : alphaChunk;
      case "VP8 ", "VP8L" -> {
        if (pictureChunk == null) {
          pictureChunk = content;
          lossless = name.equals("VP8L");
        }
      }
      case "EXIF" -> exif = withoutPrefix(content);
      case "XMP " -> xmp = content;
      default -> {}
    }
  }

  /** The size that the picture's own header gives must be the one that the container gives. */
  private void readPicture() throws ImageException {
    int ownWidth;
    int ownHeight;
    if (lossless) {
      int packed = pictureChunk.getInt(1);
      ownWidth = 1 + (packed & 0x3FFF);
      ownHeight = 1 + (packed >> 14 & 0x3FFF);
      alpha |= !animated && (packed >> 28 & 1) != 0;
    } else {
      if (u24(pictureChunk, 3) != 0x2A019D) {
        throw ImageException.damaged("its pixels do not begin with a key frame");
      }
      ownWidth = pictureChunk.getShort(6) & 0x3FFF;
      ownHeight = pictureChunk.getShort(8) & 0x3FFF;
      alpha |= !animated && alphaChunk != null;
    }
    if (!extended) {
      width = ownWidth;
      height = ownHeight;
    }
    if (!animated) {
      frameWidth = width;
      frameHeight = height;
    }
    boolean fits = (long) left + frameWidth <= width && (long) top + frameHeight <= height;
    if (!fits || frameWidth != ownWidth || frameHeight != ownHeight) {
      throw ImageException.damaged(
          "its picture of " + ownWidth + " x " + ownHeight + " does not fit its canvas");
    }
  }

  private static ByteBuffer withoutPrefix(ByteBuffer block) {
    boolean prefixed = block.limit() > 6 && block.getInt(0) == 0x66697845; // "Exif", as JPEG has it
    return prefixed ? block.slice(6, block.limit() - 6) : block;
  }

  private static int u24(ByteBuffer content, int at) {
    return content.get(at) & 0xFF
        | (content.get(at + 1) & 0xFF) << 8
        | (content.get(at + 2) & 0xFF) << 16;
  }
}
