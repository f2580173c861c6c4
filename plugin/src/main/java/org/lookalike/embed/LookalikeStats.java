package org.lookalike.embed;

import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.lookalike.image.ImageException;

/**
 * What this node has done with pictures since it started. Thread-safe; written by all, read by the
 * stats endpoint.
 */
public final class LookalikeStats {
  /** The parts of an embedding's time, each with a histogram of its own. */
  public enum Stage {
    QUEUE,
    DECODE,
    EMBED
  }

  private static final long LONGEST = TimeUnit.HOURS.toMicros(1);

  private final LongAdder embedded = new LongAdder();
  private final LongAdder rejected = new LongAdder();
  private final LongAdder cacheHits = new LongAdder();
  private final LongAdder cacheMisses = new LongAdder();
  private final Map<ImageException.Kind, LongAdder> failures =
      new EnumMap<>(ImageException.Kind.class);
  private final Map<Stage, Histogram> micros = new EnumMap<>(Stage.class);

  public LookalikeStats() {
    for (ImageException.Kind kind : ImageException.Kind.values()) {
      failures.put(kind, new LongAdder());
    }
    for (Stage stage : Stage.values()) {
      micros.put(stage, new ConcurrentHistogram(LONGEST, 2));
    }
  }

  void embedded() {
    embedded.increment();
  }

  void rejected() {
    rejected.increment();
  }

  void cacheHit() {
    cacheHits.increment();
  }

  void cacheMiss() {
    cacheMisses.increment();
  }

  void failed(ImageException.Kind kind) {
    failures.get(kind).increment();
  }

  void took(Stage stage, long nanos) {
    micros.get(stage).recordValue(Math.clamp(TimeUnit.NANOSECONDS.toMicros(nanos), 0L, LONGEST));
  }

  /** Counts by name, in the order in which they are shown. */
  public Map<String, Long> counts() {
    Map<String, Long> counts = new TreeMap<>();
    counts.put("embedded", embedded.sum());
    counts.put("rejected", rejected.sum());
    counts.put("cache_hits", cacheHits.sum());
    counts.put("cache_misses", cacheMisses.sum());
    return counts;
  }

  /** Pictures that could not be read, by the kind of their fault. */
  public Map<String, Long> failures() {
    Map<String, Long> byKind = new TreeMap<>();
    failures.forEach(
        (kind, count) -> byKind.put(kind.name().toLowerCase(java.util.Locale.ROOT), count.sum()));
    return byKind;
  }

  /** Milliseconds that a share of all calls stayed within, by stage. */
  public double percentileMillis(Stage stage, double percentile) {
    return micros.get(stage).getValueAtPercentile(percentile) / 1000.0;
  }
}
