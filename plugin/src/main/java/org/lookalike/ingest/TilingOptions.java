package org.lookalike.ingest;

import static org.opensearch.ingest.ConfigurationUtils.newConfigurationException;
import static org.opensearch.ingest.ConfigurationUtils.readBooleanProperty;

import java.util.Map;
import org.lookalike.image.Tiling;
import org.opensearch.OpenSearchException;

/** What a pipeline says of how pictures are cut into regions. */
final class TilingOptions {
  private static final String TYPE = ImageEmbeddingProcessor.TYPE;

  private TilingOptions() {}

  /**
   * Take {@code regions} and {@code region_*} out of a processor's configuration, and check them
   * even where regions are off. Null if they are.
   */
  static Tiling read(String tag, Map<String, Object> config) {
    boolean wanted = readBooleanProperty(TYPE, tag, config, "regions", false);
    int levels = count(tag, config, "region_levels", 3, 1, Tiling.MOST_LEVELS);
    double overlap = overlap(tag, config);
    int side = count(tag, config, "region_side", 0, Tiling.LEAST_SIDE, Integer.MAX_VALUE);
    int budget = count(tag, config, "region_budget", 256, 1, Tiling.MOST_BUDGET);
    return wanted ? new Tiling(levels, overlap, side, budget) : null;
  }

  private static int count(
      String tag, Map<String, Object> config, String property, int byDefault, int least, int most) {
    Object found = config.remove(property);
    double value = found == null ? byDefault : number(found);
    boolean fits = found == null || value == Math.rint(value) && value >= least && value <= most;
    if (fits == false) {
      String range =
          most == Integer.MAX_VALUE ? "of at least " + least : "from " + least + " to " + most;
      throw wrong(tag, property, "a whole number " + range, found);
    }
    return (int) value;
  }

  private static double overlap(String tag, Map<String, Object> config) {
    Object found = config.remove("region_overlap");
    double value = found == null ? 0.5 : number(found);
    if ((value >= 0 && value <= Tiling.MOST_OVERLAP) == false) { // NaN fails every comparison
      throw wrong(tag, "region_overlap", "a number from 0 to " + Tiling.MOST_OVERLAP, found);
    }
    return value;
  }

  /** NaN for what is none; numbers may come as text, as those of other processors. */
  private static double number(Object found) {
    try {
      return found instanceof Number || found instanceof String
          ? Double.parseDouble(found.toString())
          : Double.NaN;
    } catch (NumberFormatException words) {
      return Double.NaN;
    }
  }

  private static OpenSearchException wrong(
      String tag, String property, String expected, Object found) {
    return newConfigurationException(
        TYPE, tag, property, "must be " + expected + ", found [" + found + "]");
  }
}
