package org.lookalike.embed;

import java.util.List;
import org.lookalike.model.Encoder;
import org.opensearch.core.action.ActionListener;

/** Vectors for queries: from the cache, or from the pool. */
public final class QueryEmbedder {
  private final ImagePool pool;
  private final PictureEmbedder embedder;
  private final EmbeddingCache cache;
  private final LookalikeStats stats;

  public QueryEmbedder(
      ImagePool pool, PictureEmbedder embedder, EmbeddingCache cache, LookalikeStats stats) {
    this.pool = pool;
    this.embedder = embedder;
    this.cache = cache;
    this.stats = stats;
  }

  /**
   * One vector for each view, the picture as it is first; fails as {@link ImagePool#submit} does.
   */
  public void embed(
      String base64,
      Encoder encoder,
      Region region,
      Views views,
      ActionListener<List<float[]>> listener) {
    EmbeddingCache.Key key =
        EmbeddingCache.Key.of(base64, encoder.artefact().sha256(), region, views);
    List<float[]> known = cache.get(key);
    if (known != null) {
      stats.cacheHit();
      listener.onResponse(known);
      return;
    }
    stats.cacheMiss();
    pool.submit(
        base64,
        text -> {
          List<float[]> vectors =
              embedder.embed(embedder.bytes(text), encoder, region, views, EmbeddedImage::vectors);
          cache.put(key, vectors);
          return vectors;
        },
        listener);
  }
}
