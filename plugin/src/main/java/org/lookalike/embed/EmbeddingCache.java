package org.lookalike.embed;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.lookalike.LookalikeSettings;
import org.opensearch.common.cache.Cache;
import org.opensearch.common.cache.CacheBuilder;
import org.opensearch.common.hash.MessageDigests;
import org.opensearch.common.settings.ClusterSettings;
import org.opensearch.common.settings.Settings;
import org.opensearch.core.common.unit.ByteSizeValue;

/**
 * The vectors of recent queries, weighed in bytes: the same picture is asked page after page, and
 * by every shard's worth of clients. Thread-safe. A changed size starts an empty cache.
 */
public final class EmbeddingCache {
  private static final int ENTRY_OVERHEAD =
      300; // bytes of the key, the list and the cache's own entry, estimated

  /**
   * What a list of vectors depends on.
   *
   * @param text SHA-256 of the picture as it was sent
   */
  record Key(String text, String model, Region region, Views views) {
    static Key of(String base64, String model, Region region, Views views) {
      return new Key(sha256(base64), model, region, views);
    }
  }

  private volatile Cache<Key, List<float[]>> cache;

  public EmbeddingCache(Settings settings, ClusterSettings clusterSettings) {
    resize(LookalikeSettings.CACHE_SIZE.get(settings));
    clusterSettings.addSettingsUpdateConsumer(LookalikeSettings.CACHE_SIZE, this::resize);
  }

  List<float[]> get(Key key) {
    return cache.get(key);
  }

  void put(Key key, List<float[]> vectors) {
    cache.put(key, vectors);
  }

  /** Bytes held now. */
  public long bytes() {
    return cache.weight();
  }

  private void resize(ByteSizeValue size) {
    cache =
        CacheBuilder.<Key, List<float[]>>builder()
            .setMaximumWeight(size.getBytes())
            .weigher(
                (key, vectors) ->
                    ENTRY_OVERHEAD + vectors.stream().mapToLong(v -> 4L * v.length + 16).sum())
            .build();
  }

  private static String sha256(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return MessageDigests.toHexString(MessageDigests.sha256().digest(bytes));
  }
}
