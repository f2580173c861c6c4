package org.lookalike.image;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;

import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.Test;
import org.lookalike.image.ImageException.Kind;

public class Base64ImageTests {

  private static final long LIMIT = 1000;

  @Test
  public void everyLengthComesBackInEveryAlphabetWithAndWithoutPadding() throws ImageException {
    Random random = new Random(1);
    for (int length = 1; length < 70; length++) {
      byte[] bytes = new byte[length];
      random.nextBytes(bytes);
      for (Base64.Encoder encoder :
          new Base64.Encoder[] {
            Base64.getEncoder(), Base64.getUrlEncoder(), Base64.getMimeEncoder()
          }) {
        assertArrayEquals(bytes, Base64Image.decode(encoder.encodeToString(bytes), LIMIT));
        assertArrayEquals(
            bytes, Base64Image.decode(encoder.withoutPadding().encodeToString(bytes), LIMIT));
      }
    }
  }

  @Test
  public void dataUrisAndSpaceAreUnderstood() throws ImageException {
    byte[] bytes = {1, 2, 3};
    for (String text :
        new String[] {
          "AQID",
          "  AQ\r\nI\tD\n",
          "data:image/jpeg;base64,AQID",
          "DATA:IMAGE/PNG;BASE64,AQID",
          " data:image/png;name=a.png;base64, AQID ",
          "data:application/octet-stream;base64,AQID"
        }) {
      assertArrayEquals(text, bytes, Base64Image.decode(text, LIMIT));
    }
    assertArrayEquals(new byte[] {1}, Base64Image.decode("AQ = =\n", LIMIT));
  }

  @Test
  public void misuseIsRefusedWithWhatWasFound() {
    Map<String, String> misuse = new LinkedHashMap<>();
    misuse.put("AQ*D", "not base64: found '*' at position 2");
    misuse.put("AQ\u0000D", "not base64: found U+0000 at position 2");
    misuse.put("AQID\u00E9", "not base64: found U+00E9 at position 4");
    misuse.put("A=QI", "not base64: found '=' at position 1");
    misuse.put(
        "AQIDB",
        "not base64: found 5 characters, which no number of bytes gives: text is missing or too much");
    misuse.put("AQI==", "not base64: found 3 characters and 2 of padding");
    misuse.put("AQID====", "not base64: found 4 characters and 4 of padding");
    misuse.put(
        "https://example.org/cat.jpg",
        "not base64: found a URL; the plugin opens no connections: send the bytes as base64");
    misuse.put("s3://bucket/cat.jpg", misuse.get("https://example.org/cat.jpg"));
    misuse.put(
        "data:image/png,AQID",
        "not base64: found a data: URI that is not base64; it must begin like data:image/jpeg;base64,");
    misuse.put(
        "data:image/png;base64", "not base64: found a data: URI without a comma before its data");
    misuse.put(
        "data:text/html;base64,AQID",
        "not base64: found a data: URI of another type than image; it must begin like data:image/jpeg;base64,");
    misuse.put("{\"image\": 1}", "not base64: found '{' at position 0");
    misuse.forEach(
        (text, message) -> {
          ImageException thrown = Thrown.by(() -> Base64Image.decode(text, LIMIT));
          assertEquals(text, message, thrown.getMessage());
          assertEquals(text, Kind.NOT_BASE64, thrown.kind());
        });
  }

  @Test
  public void nothingIsSaidToBeEmpty() {
    for (String text : new String[] {"", " \n", "data:image/png;base64,", "===="}) {
      ImageException thrown = Thrown.by(() -> Base64Image.decode(text, LIMIT));
      assertEquals("empty image: expected base64, found no characters", thrown.getMessage());
      assertEquals(Kind.EMPTY, thrown.kind());
    }
  }

  @Test
  public void bytesAreCountedWithoutSpaceAndPadding() throws ImageException {
    byte[] most = new byte[(int) LIMIT];
    assertArrayEquals(
        most, Base64Image.decode(Base64.getMimeEncoder().encodeToString(most), LIMIT));
    String more = Base64.getEncoder().encodeToString(new byte[(int) LIMIT + 1]);
    ImageException thrown = Thrown.by(() -> Base64Image.decode(more, LIMIT));
    assertEquals("image of 1,001 bytes, more than 1,000", thrown.getMessage());
    assertEquals(Kind.TOO_MANY_BYTES, thrown.kind());
  }
}
