package org.lookalike.image;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import org.junit.Test;

public class ThumbnailTests {

  private static DecodedImage thumbnail(int width, int height, int side) throws ImageException {
    byte[] rgb = new byte[3 * width * height];
    for (int i = 0; i < rgb.length; i += 3) {
      rgb[i] = (byte) 200;
      rgb[i + 1] = (byte) 100;
      rgb[i + 2] = (byte) 50;
    }
    byte[] jpeg = Thumbnail.jpeg(new Pixels(rgb, width, height), side);
    return EncodedImage.open(jpeg, Golden.LIMITS).decode(5000);
  }

  @Test
  public void aThumbnailFitsItsSquareByAWholeFactor() throws ImageException {
    int[][] sizes = {
      {640, 480, 128, 128, 96},
      {641, 480, 128, 107, 80},
      {100, 50, 128, 100, 50},
      {50, 1000, 100, 5, 100}
    };
    for (int[] size : sizes) {
      DecodedImage small = thumbnail(size[0], size[1], size[2]);
      assertEquals("jpeg", small.format());
      assertEquals(size[3], small.width());
      assertEquals(size[4], small.height());
    }
  }

  @Test
  public void coloursSurvive() throws ImageException {
    byte[] rgb = thumbnail(64, 64, 32).upright().rgb();
    int[] expected = {200, 100, 50};
    for (int i = 0; i < rgb.length; i++) {
      assertTrue(Math.abs((rgb[i] & 0xFF) - expected[i % 3]) <= 2);
    }
  }
}
