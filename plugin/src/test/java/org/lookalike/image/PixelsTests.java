package org.lookalike.image;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertSame;
import static org.junit.Assert.assertThrows;

import org.junit.Test;

public class PixelsTests {

  /** Gray levels in rows. */
  private static Pixels gray(int width, int... levels) {
    byte[] rgb = new byte[3 * levels.length];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) levels[i / 3];
    }
    return new Pixels(rgb, width, levels.length / width);
  }

  private static int[] levels(Pixels pixels) {
    int[] levels = new int[pixels.width() * pixels.height()];
    for (int i = 0; i < levels.length; i++) {
      levels[i] = pixels.rgb()[3 * i] & 0xFF;
      assertEquals(pixels.rgb()[3 * i], pixels.rgb()[3 * i + 2]);
    }
    return levels;
  }

  @Test
  public void halvingWeighsFourNeighboursWithATriangle() {
    // Weights 1 3 3 1 of 8 inside, 3 3 1 of 7 at the edges.
    Pixels row = gray(6, 0, 70, 140, 210, 140, 70);
    assertArrayEquals(new int[] {50, 158, 120}, levels(row.resized(3, 1)));
    Pixels column = gray(1, 0, 70, 140, 210, 140, 70);
    assertArrayEquals(new int[] {50, 158, 120}, levels(column.resized(1, 3)));
  }

  @Test
  public void enlargingInterpolatesBetweenCentres() {
    assertArrayEquals(new int[] {0, 25, 75, 100}, levels(gray(2, 0, 100).resized(4, 1)));
  }

  @Test
  public void aPictureOfOneColourKeepsIt() {
    int[] found = levels(gray(3, 77, 77, 77, 77, 77, 77).resized(200, 7));
    for (int level : found) {
      assertEquals(77, level);
    }
  }

  @Test
  public void theSameSizeIsTheSamePicture() {
    Pixels pixels = gray(2, 1, 2, 3, 4);
    assertSame(pixels, pixels.resized(2, 2));
    assertSame(pixels, pixels.reduced(1));
    assertSame(pixels, pixels.rotated(4));
  }

  @Test
  public void tallPicturesAreResizedAlongColumnsFirst() {
    // Pillow 13's result; along rows first, two levels would be higher by one.
    Pixels tall = gray(2, 63, 8, 60, 253, 159, 62, 193, 10, 51, 160, 172, 141, 9, 99, 192, 187);
    assertArrayEquals(new int[] {112, 108, 104, 115, 120, 125}, levels(tall.resized(3, 2)));
  }

  @Test
  public void reducingTakesMeansOfBlocksAndOfWhatIsLeftAtTheEdges() {
    Pixels pixels = gray(3, 0, 10, 50, 20, 30, 70, 9, 10, 99);
    assertArrayEquals(new int[] {15, 60, 10, 99}, levels(pixels.reduced(2)));
  }

  @Test
  public void croppingTakesABox() {
    Pixels pixels = gray(3, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    assertArrayEquals(new int[] {5, 6, 8, 9}, levels(pixels.cropped(1, 1, 2, 2)));
    assertThrows(IllegalArgumentException.class, () -> pixels.cropped(2, 0, 2, 1));
    assertThrows(IllegalArgumentException.class, () -> pixels.cropped(0, 0, 0, 1));
    assertThrows(IllegalArgumentException.class, () -> pixels.cropped(1, 1, Integer.MAX_VALUE, 1));
  }

  @Test
  public void viewsMovePixels() {
    Pixels pixels = gray(3, 1, 2, 3, 4, 5, 6);
    assertArrayEquals(new int[] {3, 2, 1, 6, 5, 4}, levels(pixels.flipped()));
    assertArrayEquals(new int[] {4, 1, 5, 2, 6, 3}, levels(pixels.rotated(1)));
    assertEquals(2, pixels.rotated(1).width());
    assertArrayEquals(new int[] {6, 5, 4, 3, 2, 1}, levels(pixels.rotated(2)));
    assertArrayEquals(new int[] {3, 6, 2, 5, 1, 4}, levels(pixels.rotated(3)));
    assertArrayEquals(levels(pixels.rotated(3)), levels(pixels.rotated(-1)));
  }

  @Test
  public void orientationsAreThoseOfExif() {
    Pixels pixels = gray(3, 1, 2, 3, 4, 5, 6);
    int[][] expected = {
      {1, 2, 3, 4, 5, 6},
      {3, 2, 1, 6, 5, 4},
      {6, 5, 4, 3, 2, 1},
      {4, 5, 6, 1, 2, 3},
      {1, 4, 2, 5, 3, 6},
      {4, 1, 5, 2, 6, 3},
      {6, 3, 5, 2, 4, 1},
      {3, 6, 2, 5, 1, 4}
    };
    for (int orientation = 1; orientation <= 8; orientation++) {
      assertArrayEquals(expected[orientation - 1], levels(pixels.turnedBy(orientation)));
    }
    assertSame(pixels, pixels.turnedBy(0));
    assertSame(pixels, pixels.turnedBy(9));
  }

  @Test
  public void bytesMustFitTheSize() {
    var thrown = assertThrows(IllegalArgumentException.class, () -> new Pixels(new byte[5], 2, 1));
    assertEquals("expected 3 bytes for each of 2 x 1 pixels, found 5", thrown.getMessage());
  }
}
