package org.lookalike.index;

import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.common.cache.Cache;
import org.opensearch.common.cache.CacheBuilder;

/**
 * Fields as they were last read from mappings, for every query and document asks and a mapping of
 * hundreds of fields takes milliseconds to read. Thread-safe.
 */
final class VectorFieldCache {
  private static final int MOST = 1000;

  /** A mapping in one of its versions never changes. */
  private record Key(String indexUuid, long mappingVersion, String field) {}

  private final Cache<Key, VectorField> cache =
      CacheBuilder.<Key, VectorField>builder().setMaximumWeight(MOST).build();

  /** Like {@link VectorField#in}; what does not exist is not kept, for clients name it freely. */
  VectorField in(IndexMetadata index, String field) {
    Key key = new Key(index.getIndexUUID(), index.getMappingVersion(), field);
    VectorField known = cache.get(key);
    if (known != null) {
      return known;
    }
    VectorField found = VectorField.in(index, field);
    if (found != null) {
      cache.put(key, found);
    }
    return found;
  }
}
