package org.lookalike.image;

/**
 * From a VP8 frame to RGB as libwebp does it: chroma interpolated with weights 9, 3, 3 and 1, then
 * BT.601.
 */
final class Vp8Colours {

  private final Vp8Planes planes;
  private final int width;
  private final int height;
  private final int[] blue;
  private final int[] red;

  Vp8Colours(Vp8Planes planes, int width, int height) {
    this.planes = planes;
    this.width = width;
    this.height = height;
    this.blue = new int[width];
    this.red = new int[width];
  }

  /** Writes row {@code y} to {@code rgb} from {@code to} on. */
  void writeRow(int y, byte[] rgb, int to) {
    int last = (height - 1) / 2;
    int near = y / 2;
    int far = Math.max(0, Math.min(last, y % 2 == 0 ? near - 1 : near + 1));
    interpolate(planes.blue, near, far, blue);
    interpolate(planes.red, near, far, red);
    int from = planes.luma.at(0, y);
    for (int x = 0; x < width; x++, to += 3) {
      int luma = (planes.luma.levels[from + x] & 0xFF) * 19077 >> 8;
      int u = blue[x];
      int v = red[x];
      rgb[to] = level(luma + (v * 26149 >> 8) - 14234);
      rgb[to + 1] = level(luma - (u * 6419 >> 8) - (v * 13320 >> 8) + 8708);
      rgb[to + 2] = level(luma + (u * 33050 >> 8) - 17685);
    }
  }

  private void interpolate(Vp8Plane plane, int nearRow, int farRow, int[] target) {
    byte[] levels = plane.levels;
    int near = plane.at(0, nearRow);
    int far = plane.at(0, farRow);
    int n0 = levels[near] & 0xFF;
    int f0 = levels[far] & 0xFF;
    target[0] = 3 * n0 + f0 + 2 >> 2;
    int pairs = (width - 1) / 2;
    for (int x = 1; x <= pairs; x++) {
      int n1 = levels[near + x] & 0xFF;
      int f1 = levels[far + x] & 0xFF;
      int sum = n0 + n1 + f0 + f1 + 8;
      target[2 * x - 1] = (sum + 2 * (n1 + f0) >> 3) + n0 >> 1;
      target[2 * x] = (sum + 2 * (n0 + f1) >> 3) + n1 >> 1;
      n0 = n1;
      f0 = f1;
    }
    if (width % 2 == 0) {
      target[width - 1] = 3 * n0 + f0 + 2 >> 2;
    }
  }

  private static byte level(int sixtyFourths) {
    return Vp8Plane.limited(sixtyFourths >> 6);
  }
}
