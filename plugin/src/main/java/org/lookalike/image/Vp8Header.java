package org.lookalike.image;

/** The header of a VP8 key frame (RFC 6386, section 9), and where its partitions lie. */
final class Vp8Header {

  static final int SEGMENTS = 4;
  private static final int FRAME_TAG = 10;
  private static final int LARGEST_INDEX = 127;
  private static final int LARGEST_CHROMA_INDEX = 117;

  final int width;
  final int height;

  /** What is left of the first partition: the modes of the macroblocks. */
  final Vp8Bits modes;

  /** One for rows 0, n, 2n, …, one for rows 1, n + 1, …: the coefficients. */
  final Vp8Bits[] coefficients;

  boolean segmented;
  boolean segmentMap;
  private boolean absolute;
  private final int[] segmentQuantisers = new int[SEGMENTS];
  private final int[] segmentLevels = new int[SEGMENTS];
  final int[] segmentProbabilities = {255, 255, 255};

  final boolean simpleFilter;
  private final int filterLevel;
  final int sharpness;
  private boolean deltas;
  private int intraDelta;
  private int subblockDelta;

  /** Steps by segment: Y first and others, Y2 first and others, chroma first and others. */
  final int[][] steps = new int[SEGMENTS][];

  final int[] probabilities;

  /** Probability that a macroblock is not skipped; -1: none is marked. */
  final int skipProbability;

  Vp8Header(byte[] data) throws ImageException {
    int tag = data[0] & 0xFF | (data[1] & 0xFF) << 8 | (data[2] & 0xFF) << 16;
    boolean keyFrame = (tag & 1) == 0;
    boolean shown = (tag >> 4 & 1) != 0;
    if (!keyFrame || !shown || (tag >> 1 & 7) > 3) {
      throw ImageException.damaged("its pixels do not begin with a visible key frame");
    }
    width = (data[6] & 0xFF | (data[7] & 0xFF) << 8) & 0x3FFF;
    height = (data[8] & 0xFF | (data[9] & 0xFF) << 8) & 0x3FFF;
    int end = FRAME_TAG + (tag >> 5);
    if (end > data.length) {
      throw ImageException.truncated();
    }
    modes = new Vp8Bits(data, FRAME_TAG, end);
    modes.number(2); // colour space and clamping, which change nothing for a picture
    readSegments();
    simpleFilter = modes.flag();
    filterLevel = modes.number(6);
    sharpness = modes.number(3);
    readDeltas();
    coefficients = partitions(data, end, 1 << modes.number(2));
    readSteps();
    modes.flag(); // whether probabilities outlive this frame
    probabilities = readProbabilities();
    skipProbability = modes.flag() ? modes.number(8) : -1;
  }

  /** Strength of the loop filter for macroblocks of a segment, 0 to 63. */
  int filterLevel(int segment, boolean subblocks) {
    int level = filterLevel;
    if (segmented) {
      level = segmentLevels[segment] + (absolute ? 0 : filterLevel);
    }
    if (deltas) {
      level += intraDelta + (subblocks ? subblockDelta : 0);
    }
    return Math.max(0, Math.min(63, level));
  }

  private void readSegments() {
    segmented = modes.flag();
    if (!segmented) {
      return;
    }
    segmentMap = modes.flag();
    if (modes.flag()) {
      absolute = modes.flag();
      for (int i = 0; i < SEGMENTS; i++) {
        segmentQuantisers[i] = modes.optional(7);
      }
      for (int i = 0; i < SEGMENTS; i++) {
        segmentLevels[i] = modes.optional(6);
      }
    }
    for (int i = 0; segmentMap && i < segmentProbabilities.length; i++) {
      segmentProbabilities[i] = modes.flag() ? modes.number(8) : 255;
    }
  }

  private void readDeltas() {
    deltas = modes.flag();
    if (!deltas || !modes.flag()) {
      return;
    }
    int[] numbers = new int[8];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = modes.optional(6);
    }
    intraDelta = numbers[0];
    subblockDelta = numbers[4];
  }

  private static Vp8Bits[] partitions(byte[] data, int sizes, int count) throws ImageException {
    Vp8Bits[] partitions = new Vp8Bits[count];
    int from = sizes + 3 * (count - 1);
    if (from >= data.length) {
      throw ImageException.truncated();
    }
    for (int i = 0; i < count; i++) {
      int at = sizes + 3 * i;
      int size =
          i == count - 1
              ? data.length - from
              : data[at] & 0xFF | (data[at + 1] & 0xFF) << 8 | (data[at + 2] & 0xFF) << 16;
      int end = Math.min(data.length, from + size);
      partitions[i] = new Vp8Bits(data, from, end);
      from = end;
    }
    return partitions;
  }

  private void readSteps() {
    int base = modes.number(7);
    int[] delta = new int[5];
    for (int i = 0; i < delta.length; i++) {
      delta[i] = modes.optional(4);
    }
    for (int i = 0; i < SEGMENTS; i++) {
      int index = segmented ? segmentQuantisers[i] + (absolute ? 0 : base) : base;
      steps[i] =
          new int[] {
            step(Vp8Tables.FIRST_STEPS, index + delta[0], LARGEST_INDEX),
            step(Vp8Tables.OTHER_STEPS, index, LARGEST_INDEX),
            2 * step(Vp8Tables.FIRST_STEPS, index + delta[1], LARGEST_INDEX),
            Math.max(8, step(Vp8Tables.OTHER_STEPS, index + delta[2], LARGEST_INDEX) * 155 / 100),
            step(Vp8Tables.FIRST_STEPS, index + delta[3], LARGEST_CHROMA_INDEX),
            step(Vp8Tables.OTHER_STEPS, index + delta[4], LARGEST_INDEX)
          };
    }
  }

  private static int step(int[] table, int index, int largest) {
    return table[Math.max(0, Math.min(largest, index))];
  }

  private int[] readProbabilities() {
    int[] read = Vp8Tables.COEFFICIENT_PROBABILITIES.clone();
    for (int i = 0; i < read.length; i++) {
      if (modes.read(Vp8Tables.UPDATE_PROBABILITIES[i])) {
        read[i] = modes.number(8);
      }
    }
    return read;
  }
}
