package org.lookalike.embed;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import org.lookalike.image.ImageException;

/**
 * What this node has done with pictures since it started. Thread-safe; written by all, read by the
 * stats endpoint.
 */
public final class LookalikeStats {
  /** The parts of the time that a picture takes. */
  public enum Stage {
    QUEUE,
    DECODE,
    EMBED
  }

  private final LongAdder embedded = new LongAdder();
  private final LongAdder rejected = new LongAdder();
  private final LongAdder cacheHits = new LongAdder();
  private final LongAdder cacheMisses = new LongAdder();
  private final Map<ImageException.Kind, LongAdder> failures =
      new EnumMap<>(ImageException.Kind.class);
  private final Map<Stage, Durations> durations = new EnumMap<>(Stage.class);

  public LookalikeStats() {
    for (ImageException.Kind kind : ImageException.Kind.values()) {
      failures.put(kind, new LongAdder());
    }
    for (Stage stage : Stage.values()) {
      durations.put(stage, new Durations());
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
    durations.get(stage).add(nanos);
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
        (kind, count) -> byKind.put(kind.name().toLowerCase(Locale.ROOT), count.sum()));
    return byKind;
  }

  /** Milliseconds by stage, as {@link Durations#millis} shows them. */
  public Map<String, Object> latencyMillis() {
    Map<String, Object> byStage = new LinkedHashMap<>();
    durations.forEach(
        (stage, times) -> byStage.put(stage.name().toLowerCase(Locale.ROOT), times.millis()));
    return byStage;
  }
}
