package org.lookalike.image;

import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A picture as text: base64 of RFC 4648 in the standard or the URL-safe alphabet, with or without
 * padding and line breaks, alone or in a {@code data:} URI.
 */
public final class Base64Image {

  private static final String DATA = "data:";
  private static final String MARK = ";base64";
  private static final int LONGEST_MEDIA_TYPE = 200;
  private static final Pattern URL = Pattern.compile("[a-zA-Z][a-zA-Z0-9+.-]{0,20}://");
  private static final byte[] VALUES = values();
  private static final byte SPACE = -2;

  private Base64Image() {}

  /**
   * The bytes that {@code text} stands for. They are counted before any memory is taken.
   *
   * @throws ImageException if it is empty, not base64, or stands for more than {@code maxBytes}
   */
  public static byte[] decode(CharSequence text, long maxBytes) throws ImageException {
    int start = start(text);
    int end = endBeforePadding(text, start);
    long characters = 0;
    for (int i = start; i < end; i++) {
      byte value = value(text.charAt(i));
      if (value >= 0) {
        characters++;
      } else if (value != SPACE) {
        throw notBase64(name(text.charAt(i)) + " at position " + i);
      }
    }
    long bytes = characters * 3 / 4;
    if (bytes > maxBytes) {
      throw ImageException.tooManyBytes(bytes, maxBytes);
    }
    if (characters == 0) {
      throw new ImageException(
          ImageException.Kind.EMPTY, "empty image: expected base64, found no characters");
    }
    checkPadding(text, end, characters);
    return bytes(text, start, end, (int) bytes);
  }

  private static int start(CharSequence text) throws ImageException {
    int start = 0;
    while (start < text.length() && value(text.charAt(start)) == SPACE) {
      start++;
    }
    CharSequence head =
        text.subSequence(start, Math.min(text.length(), start + LONGEST_MEDIA_TYPE));
    if (URL.matcher(head).lookingAt()) {
      throw notBase64("a URL; the plugin opens no connections: send the bytes as base64");
    }
    String lower = head.toString().toLowerCase(Locale.ROOT);
    if (!lower.startsWith(DATA)) {
      return start;
    }
    int comma = lower.indexOf(',');
    if (comma < 0) {
      throw notBase64("a data: URI without a comma before its data");
    }
    if (!lower.substring(0, comma).stripTrailing().endsWith(MARK)) {
      throw notBase64("a data: URI that is not base64; it must begin like data:image/jpeg;base64,");
    }
    if (!lower.startsWith("image/", DATA.length())
        && !lower.startsWith("application/octet-stream", DATA.length())) {
      throw notBase64(
          "a data: URI of another type than image; it must begin like data:image/jpeg;base64,");
    }
    return start + comma + 1;
  }

  private static int endBeforePadding(CharSequence text, int start) {
    int end = text.length();
    while (end > start && (text.charAt(end - 1) == '=' || value(text.charAt(end - 1)) == SPACE)) {
      end--;
    }
    return end;
  }

  private static void checkPadding(CharSequence text, int end, long characters)
      throws ImageException {
    long padding =
        text.subSequence(end, text.length()).chars().filter(character -> character == '=').count();
    if (characters % 4 == 1) {
      throw notBase64(
          characters + " characters, which no number of bytes gives: text is missing or too much");
    }
    if (padding > 0 && (characters + padding) % 4 != 0 || padding > 2) {
      throw notBase64(characters + " characters and " + padding + " of padding");
    }
  }

  private static byte[] bytes(CharSequence text, int start, int end, int count) {
    byte[] bytes = new byte[count];
    int to = 0;
    int bits = 0;
    int held = 0;
    for (int i = start; i < end; i++) {
      byte value = VALUES[text.charAt(i)];
      if (value >= 0) {
        held = held << 6 | value;
        bits += 6;
        if (bits >= 8) {
          bits -= 8;
          bytes[to++] = (byte) (held >> bits);
        }
      }
    }
    return bytes;
  }

  private static byte value(char character) {
    return character < VALUES.length ? VALUES[character] : -1;
  }

  private static byte[] values() {
    byte[] values = new byte[128];
    Arrays.fill(values, (byte) -1);
    String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    for (int i = 0; i < alphabet.length(); i++) {
      values[alphabet.charAt(i)] = (byte) i;
    }
    values['+'] = values['-'] = 62;
    values['/'] = values['_'] = 63;
    values[' '] = values['\t'] = values['\r'] = values['\n'] = SPACE;
    return values;
  }

  private static String name(char character) {
    return character > ' ' && character < 127
        ? "'" + character + "'"
        : String.format(Locale.ROOT, "U+%04X", (int) character);
  }

  private static ImageException notBase64(String found) {
    return new ImageException(ImageException.Kind.NOT_BASE64, "not base64: found " + found);
  }
}
