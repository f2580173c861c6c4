package org.lookalike.action;

import java.util.Map;
import java.util.TreeMap;
import org.lookalike.embed.EmbeddingCache;
import org.lookalike.embed.ImagePool;
import org.lookalike.embed.LookalikeStats;
import org.lookalike.ingest.IngestQueue;
import org.lookalike.model.Artefact;
import org.lookalike.model.ModelRegistry;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.threadpool.ThreadPoolStats;

/** Puts into words what this node knows of its models and its work. */
public final class NodeReport {
  private final ModelRegistry models;
  private final LookalikeStats stats;
  private final EmbeddingCache cache;
  private final IngestQueue ingestQueue;
  private final ThreadPool threadPool;

  public NodeReport(
      ModelRegistry models,
      LookalikeStats stats,
      EmbeddingCache cache,
      IngestQueue ingestQueue,
      ThreadPool threadPool) {
    this.models = models;
    this.stats = stats;
    this.cache = cache;
    this.ingestQueue = ingestQueue;
    this.threadPool = threadPool;
  }

  Map<String, Object> models() {
    Map<String, Object> byName = new TreeMap<>();
    for (Artefact model : models.artefacts()) {
      byName.put(
          model.name(),
          Map.of(
              "version", model.version(),
              "sha256", model.sha256(),
              "dimension", model.dimension(),
              "native_size", model.nativeSize()));
    }
    models.unusable().forEach((name, reason) -> byName.put(name, Map.of("unusable", reason)));
    return byName;
  }

  Map<String, Object> stats() {
    Map<String, Object> shown = new TreeMap<>(stats.counts());
    shown.put("cache_bytes", cache.bytes());
    shown.put("ingest_waiting", ingestQueue.length());
    shown.put("failures", stats.failures());
    shown.put("pool", pool());
    shown.put("latency_ms", stats.latencyMillis());
    return shown;
  }

  private Map<String, Object> pool() {
    Map<String, Object> shown = new TreeMap<>();
    for (ThreadPoolStats.Stats pool : threadPool.stats()) {
      if (pool.getName().equals(ImagePool.NAME)) {
        shown.put("threads", pool.getThreads());
        shown.put("active", pool.getActive());
        shown.put("queue", pool.getQueue());
        shown.put("rejected", pool.getRejected());
        shown.put("completed", pool.getCompleted());
      }
    }
    return shown;
  }
}
