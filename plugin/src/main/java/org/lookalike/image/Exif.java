package org.lookalike.image;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What an EXIF block says: how to turn the picture, and facts. What is missing, malformed or out of
 * range is left out.
 *
 * @param orientation 1 to 8; 1 if nothing sensible is said
 */
record Exif(int orientation, ExifFacts facts) {

  private static final int MAKE = 0x10F;
  private static final int MODEL = 0x110;
  private static final int ORIENTATION = 0x112;
  private static final int DATE_TIME = 0x132;
  private static final int DETAILS = 0x8769;
  private static final int POSITION = 0x8825;
  private static final int DATE_TIME_ORIGINAL = 0x9003;
  private static final int LATITUDE_REF = 1;
  private static final int LATITUDE = 2;
  private static final int LONGITUDE_REF = 3;
  private static final int LONGITUDE = 4;

  private static final int LONGEST_CAMERA = 200;
  private static final Pattern MOMENT =
      Pattern.compile("(\\d{4}):(\\d{1,2}):(\\d{1,2})\\s+(\\d{1,2}):(\\d{1,2}):(\\d{1,2})");
  private static final DateTimeFormatter ISO =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss", Locale.ROOT);
  private static final Pattern XMP_ORIENTATION =
      Pattern.compile("tiff:Orientation(?:=\"|>)([0-9])");

  /**
   * Reads a block that begins with a TIFF header and, for an orientation that it lacks, an XMP
   * packet.
   */
  static Exif read(ByteBuffer block, ByteBuffer xmp) {
    TiffDirectory main = TiffDirectory.first(block == null ? ByteBuffer.allocate(0) : block);
    long orientation = main.number(ORIENTATION, 1);
    if (!main.has(ORIENTATION) && xmp != null) {
      Matcher found = XMP_ORIENTATION.matcher(StandardCharsets.ISO_8859_1.decode(xmp.slice()));
      orientation = found.find() ? Integer.parseInt(found.group(1)) : 1;
    }
    return new Exif(orientation >= 1 && orientation <= 8 ? (int) orientation : 1, facts(main));
  }

  /** Whether width and height change places. */
  boolean isSideways() {
    return orientation >= 5;
  }

  private static ExifFacts facts(TiffDirectory main) {
    TiffDirectory details = main.child(DETAILS);
    TiffDirectory position = main.child(POSITION);
    String taken = details.text(DATE_TIME_ORIGINAL);
    Double latitude = degrees(position, LATITUDE, LATITUDE_REF, "S", 90);
    Double longitude = degrees(position, LONGITUDE, LONGITUDE_REF, "W", 180);
    boolean placed = latitude != null && longitude != null;
    return new ExifFacts(
        moment(details.has(DATE_TIME_ORIGINAL) && !taken.isEmpty() ? taken : main.text(DATE_TIME)),
        camera(main.text(MAKE), main.text(MODEL)),
        placed ? latitude : null,
        placed ? longitude : null);
  }

  private static String moment(String text) {
    Matcher parts = MOMENT.matcher(text);
    if (!parts.matches()) {
      return null;
    }
    int[] numbers = new int[6];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = Integer.parseInt(parts.group(i + 1));
    }
    try {
      LocalDateTime moment =
          LocalDateTime.of(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5]);
      return moment.getYear() == 0 ? null : moment.format(ISO);
    } catch (DateTimeException impossible) {
      return null;
    }
  }

  private static String camera(String maker, String model) {
    boolean named = model.toLowerCase(Locale.ROOT).startsWith(maker.toLowerCase(Locale.ROOT));
    String joined = (named ? model : maker + " " + model).strip();
    if (joined.isEmpty()) {
      return null;
    }
    return joined.length() <= LONGEST_CAMERA ? joined : joined.substring(0, LONGEST_CAMERA);
  }

  private static Double degrees(
      TiffDirectory position, int tag, int refTag, String negative, int most) {
    double[] parts = position.numbers(tag);
    if (parts.length != 3) {
      return null;
    }
    double degrees = parts[0] + parts[1] / 60 + parts[2] / 3600;
    if (!(Math.abs(degrees) <= most)) {
      return null;
    }
    double signed = position.text(refTag).equalsIgnoreCase(negative) ? -degrees : degrees;
    return new BigDecimal(signed).setScale(7, RoundingMode.HALF_EVEN).doubleValue();
  }
}
