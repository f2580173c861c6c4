package org.lookalike.image;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;

/**
 * How pictures are cut into regions, in the same places as {@code lookalike/encoder/tiles.py} cuts
 * them: whole numbers, or the same operations on the same doubles.
 *
 * @param levels how many sizes of squares, each 1.5 times as large as the one before
 * @param overlap the least part of its side that a square shares with the next one
 * @param side of the smallest squares in pixels; 0 for such that the largest are two thirds of a
 *     picture's shorter side
 * @param budget the most regions of a picture; its squares grow until they are no more; of those as
 *     large as its shorter side only so many are taken, spread over it
 */
public record Tiling(int levels, double overlap, int side, int budget) {
  public static final int MOST_LEVELS = 8;
  public static final double MOST_OVERLAP = 0.9;
  public static final int LEAST_SIDE = 48; // pixels; less shows nothing that could be told apart
  public static final int MOST_BUDGET = 10_000;

  private static final double RATIO = 1.5; // between the sides of two levels
  private static final long BLANK_DEVIATION = 5; // of 255
  private static final MathContext SIX_DIGITS = new MathContext(6);

  /** Rejects with an {@link IllegalArgumentException} what lies outside of the limits. */
  public Tiling {
    boolean possible =
        levels >= 1
            && levels <= MOST_LEVELS
            && overlap >= 0
            && overlap <= MOST_OVERLAP
            && (side == 0 || side >= LEAST_SIDE)
            && budget >= 1
            && budget <= MOST_BUDGET;
    if (possible == false) {
      throw new IllegalArgumentException(
          "no tiling has "
              + levels
              + " levels, overlap "
              + overlap
              + ", side "
              + side
              + " and budget "
              + budget);
    }
  }

  /** Tells documents whose regions were cut otherwise; Python writes the same text. */
  public String identity() {
    String digits =
        overlap == 0
            ? "0"
            : new BigDecimal(overlap).round(SIX_DIGITS).stripTrailingZeros().toPlainString();
    String smallest = side == 0 ? "auto" : String.valueOf(side);
    return "levels=" + levels + " overlap=" + digits + " side=" + smallest + " budget=" + budget;
  }

  /** The regions of a picture, the whole first, then the squares from the largest on. */
  public List<Box> boxes(int width, int height) {
    List<Box> boxes = new ArrayList<>();
    Box whole = new Box(0, 0, width, height);
    boxes.add(whole);
    for (int square : sides(width, height)) {
      long down = stepsWithin(height, square);
      long across = stepsWithin(width, square);
      for (long row = 0; row <= down; row++) {
        for (long column = 0; column <= across; column++) {
          int x = start(column, across, width - square);
          int y = start(row, down, height - square);
          Box box = new Box(x, y, square, square);
          if (box.equals(whole) == false) {
            boxes.add(box);
          }
        }
      }
    }
    return boxes;
  }

  /**
   * The {@link EncodedImage#decode size to decode} a picture at, so that the smallest of its boxes
   * has enough pixels for a square of {@code side}.
   */
  public static int enough(List<Box> boxes, int side) {
    int shorter = shorterSide(boxes.getFirst());
    int smallest = boxes.stream().mapToInt(Tiling::shorterSide).min().orElse(shorter);
    return (int) Math.ceil(side / ((double) smallest / shorter));
  }

  /**
   * Whether there is nothing to see: the standard deviation of each colour is at most 5 of 255.
   *
   * @param square of at most some thousand pixels a side
   */
  public static boolean isBlank(Pixels square) {
    byte[] rgb = square.rgb();
    long count = (long) square.width() * square.height();
    for (int colour = 0; colour < 3; colour++) {
      long sum = 0;
      long squares = 0;
      for (int i = colour; i < rgb.length; i += 3) {
        long value = rgb[i] & 0xFF;
        sum += value;
        squares += value * value;
      }
      long bound = BLANK_DEVIATION * count;
      if (count * squares - sum * sum > bound * bound) {
        return false;
      }
    }
    return true;
  }

  /**
   * Of the squares that fit into the budget, or the shorter side of the picture if none does:
   * different ones, the largest first.
   */
  private List<Integer> sides(int width, int height) {
    int shorter = Math.min(width, height);
    double smallest = side == 0 ? shorter / toThe(levels) : side;
    while (true) {
      List<Integer> sides = sides(smallest, shorter);
      long count = 1;
      for (int square : sides) {
        count += (steps(width, square) + 1) * (steps(height, square) + 1);
      }
      if (smallest >= shorter || count <= budget) {
        return sides;
      }
      smallest *= RATIO;
    }
  }

  private List<Integer> sides(double smallest, int shorter) {
    List<Integer> sides = new ArrayList<>();
    for (int level = levels - 1; level >= 0; level--) {
      int square = (int) Math.min(shorter, rounded(smallest * toThe(level)));
      if (square >= LEAST_SIDE && sides.contains(square) == false) {
        sides.add(square);
      }
    }
    return sides;
  }

  /** How often a square moves on, on its way from one end of a length to the other. */
  private long steps(int length, int square) {
    return (long) Math.ceil((length - square) / (square * (1 - overlap)));
  }

  /**
   * The same within the budget. Only squares as large as the shorter side of the picture can be
   * more than that, and lie apart then.
   */
  private long stepsWithin(int length, int square) {
    return Math.min(steps(length, square), budget - 2);
  }

  /** Evenly spread, a single one in the middle. */
  private static int start(long step, long steps, int space) {
    return steps == 0 ? space / 2 : (int) rounded((double) (step * space) / steps);
  }

  private static double toThe(int levels) {
    double factor = 1;
    for (int level = 0; level < levels; level++) {
      factor *= RATIO; // exact, as there are few
    }
    return factor;
  }

  private static long rounded(double value) {
    return (long) Math.floor(value + 0.5);
  }

  private static int shorterSide(Box box) {
    return Math.min(box.width(), box.height());
  }
}
