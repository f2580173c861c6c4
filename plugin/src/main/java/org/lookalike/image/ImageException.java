package org.lookalike.image;

import java.io.EOFException;
import java.util.Locale;

/**
 * Input that is not a picture we can read. The message is meant for the client: what was found and
 * what was expected, in one line.
 */
public final class ImageException extends Exception {

  /** What went wrong, for statistics. */
  public enum Kind {
    NOT_BASE64,
    EMPTY,
    TOO_MANY_BYTES,
    NOT_AN_IMAGE,
    TOO_MANY_PIXELS,
    DAMAGED,
    UNSUPPORTED,
    TIMEOUT
  }

  private static final int LONGEST_REASON = 200;

  private final Kind kind;

  public ImageException(Kind kind, String message) {
    this(kind, message, null);
  }

  private ImageException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }

  static ImageException damaged(String reason) {
    return new ImageException(Kind.DAMAGED, "damaged image: " + oneLine(reason));
  }

  /** What a decoder threw over a damaged file; nearly anything. */
  static ImageException damaged(Throwable thrown) {
    String reason =
        switch (thrown) {
          case IndexOutOfBoundsException outside -> "it ends early, or a length in it is wrong";
          case EOFException early -> "image file is truncated";
          case StackOverflowError deep -> "its parts contain each other";
          case RuntimeException fault when !(fault instanceof IllegalArgumentException) ->
              "its parts contradict each other";
          default ->
              thrown.getMessage() == null ? thrown.getClass().getSimpleName() : thrown.getMessage();
        };
    return new ImageException(Kind.DAMAGED, "damaged image: " + oneLine(reason), thrown);
  }

  static ImageException truncated() {
    return damaged("image file is truncated");
  }

  static ImageException unsupported(String what) {
    return new ImageException(Kind.UNSUPPORTED, what);
  }

  static ImageException tooManyBytes(long bytes, long limit) {
    return new ImageException(
        Kind.TOO_MANY_BYTES,
        String.format(Locale.ROOT, "image of %,d bytes, more than %,d", bytes, limit));
  }

  static ImageException tooManyPixels(long width, long height, long limit) {
    String message = "%d x %d is %,d pixels, more than %,d";
    return new ImageException(
        Kind.TOO_MANY_PIXELS,
        String.format(Locale.ROOT, message, width, height, width * height, limit));
  }

  private static String oneLine(String text) {
    String line = text.strip().replaceAll("[\\s\\p{Cntrl}]+", " ");
    return line.length() <= LONGEST_REASON ? line : line.substring(0, LONGEST_REASON);
  }
}
