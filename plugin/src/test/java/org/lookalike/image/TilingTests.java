package org.lookalike.image;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.Test;

/** Pictures are cut where Python cuts them, and into the same pixels. */
public class TilingTests {
  private static final HexFormat HEX = HexFormat.of();

  @Test
  public void boxesAndIdentitiesArePythons() throws Exception {
    List<Golden.Case> cases = Golden.tilings("cases");
    assertTrue(cases.size() > 20);
    for (Golden.Case one : cases) {
      Tiling tiling = tiling(one);
      assertEquals(one.text("identity"), tiling.identity());
      List<Box> boxes = tiling.boxes(one.number("width"), one.number("height"));
      assertEquals(
          one.fields().toString(),
          one.list("boxes").stream().map(TilingTests::box).toList(),
          boxes);
    }
  }

  @Test
  public void squaresAndDecodedSizesArePythons() throws Exception {
    int compared = 0;
    for (Golden.Case one : Golden.tilings("pictures")) {
      String name = one.name() + " " + one.text("identity");
      EncodedImage encoded = EncodedImage.open(one.bytes(), Golden.LIMITS);
      List<Box> boxes = tiling(one).boxes(encoded.width(), encoded.height());
      DecodedImage decoded = encoded.decode(Tiling.enough(boxes, Golden.NATIVE_SIZE));
      assertEquals(
          name,
          one.list("upright"),
          List.of(decoded.upright().width(), decoded.upright().height()));
      List<?> regions = one.list("regions");
      assertEquals(name, regions.size(), boxes.size());
      for (int i = 0; i < boxes.size(); i++) {
        Map<?, ?> region = (Map<?, ?>) regions.get(i);
        assertEquals(name, box(region.get("box")), boxes.get(i));
        Pixels square = decoded.square(boxes.get(i), Golden.NATIVE_SIZE);
        assertEquals(name, region.get("blank"), Tiling.isBlank(square));
        if (region.get("pixels_sha256") instanceof String hash) {
          byte[] found = MessageDigest.getInstance("SHA-256").digest(square.rgb());
          assertEquals(name + " " + boxes.get(i), hash, HEX.formatHex(found));
          compared++;
        }
      }
    }
    assertTrue(compared > 100);
  }

  @Test
  public void aSquareIsBlankUpToADeviationOfFive() {
    byte[] rgb = new byte[3 * 64 * 64];
    Arrays.fill(rgb, (byte) 200);
    assertTrue(Tiling.isBlank(new Pixels(rgb, 64, 64)));
    for (int i = 2; i < rgb.length; i += 6) {
      rgb[i] = (byte) 210; // every other blue: a deviation of exactly 5
    }
    assertTrue(Tiling.isBlank(new Pixels(rgb, 64, 64)));
    rgb[2] = (byte) 211;
    assertFalse(Tiling.isBlank(new Pixels(rgb, 64, 64)));
  }

  @Test
  public void tilingsOutsideOfTheLimitsAreRefused() {
    for (Object[] options :
        new Object[][] {
          {0, 0.5, 0, 256}, {9, 0.5, 0, 256}, {3, -0.1, 0, 256}, {3, 0.91, 0, 256},
          {3, Double.NaN, 0, 256}, {3, 0.5, 47, 256}, {3, 0.5, -1, 256}, {3, 0.5, 0, 0},
          {3, 0.5, 0, 10_001}
        }) {
      assertThrows(
          Arrays.toString(options),
          IllegalArgumentException.class,
          () ->
              new Tiling(
                  (int) options[0], (double) options[1], (int) options[2], (int) options[3]));
    }
  }

  private static Tiling tiling(Golden.Case one) {
    double overlap = ((Number) one.fields().get("overlap")).doubleValue();
    int side = one.fields().get("side") == null ? 0 : one.number("side");
    return new Tiling(one.number("levels"), overlap, side, one.number("budget"));
  }

  private static Box box(Object sides) {
    List<Integer> box = ((List<?>) sides).stream().map(Integer.class::cast).toList();
    return new Box(box.get(0), box.get(1), box.get(2), box.get(3));
  }
}
