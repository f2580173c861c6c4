package org.lookalike.embed;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/** How long one kind of work took, since the node started. Thread-safe. */
final class Durations {
  private static final long LONGEST = TimeUnit.HOURS.toMicros(1);
  private static final int DIGITS = 2; // percentiles are right to one in a hundred

  private final LongAdder nanos = new LongAdder();
  private final Histogram micros = new ConcurrentHistogram(LONGEST, DIGITS);

  void add(long elapsed) {
    nanos.add(elapsed);
    micros.recordValue(Math.clamp(TimeUnit.NANOSECONDS.toMicros(elapsed), 0L, LONGEST));
  }

  /**
   * {@code count} and {@code total}, whose differences tell what happened between two looks, and
   * percentiles of everything so far.
   */
  Map<String, Object> millis() {
    Map<String, Object> shown = new LinkedHashMap<>();
    shown.put("count", micros.getTotalCount());
    shown.put("total", nanos.sum() / 1e6);
    for (int percentile : new int[] {50, 95, 99}) {
      shown.put("p" + percentile, micros.getValueAtPercentile(percentile) / 1e3);
    }
    return shown;
  }
}
