package org.lookalike;

import java.time.Duration;
import java.util.List;
import org.lookalike.image.DecodeLimits;
import org.opensearch.common.settings.ClusterSettings;
import org.opensearch.common.settings.Setting;
import org.opensearch.common.settings.Setting.Property;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.core.common.unit.ByteSizeUnit;
import org.opensearch.core.common.unit.ByteSizeValue;

/**
 * What a node's owner can choose, kept up to date when it changes. The number of threads and the
 * length of the queue are those of the thread pool {@code lookalike}.
 */
public final class LookalikeSettings {
  public static final Setting<ByteSizeValue> MAX_IMAGE_BYTES =
      Setting.byteSizeSetting(
          "lookalike.max_image_bytes",
          new ByteSizeValue(20, ByteSizeUnit.MB),
          new ByteSizeValue(1, ByteSizeUnit.KB),
          new ByteSizeValue(200, ByteSizeUnit.MB),
          Property.NodeScope,
          Property.Dynamic);
  public static final Setting<Long> MAX_IMAGE_PIXELS =
      Setting.longSetting(
          "lookalike.max_image_pixels",
          100_000_000,
          1,
          DecodeLimits.MOST_PIXELS,
          Property.NodeScope,
          Property.Dynamic);
  public static final Setting<TimeValue> DECODE_TIMEOUT =
      Setting.timeSetting(
          "lookalike.decode_timeout",
          TimeValue.timeValueSeconds(10),
          TimeValue.timeValueMillis(1),
          Property.NodeScope,
          Property.Dynamic);
  public static final Setting<ByteSizeValue> CACHE_SIZE =
      Setting.memorySizeSetting(
          "lookalike.query_cache.size", "1%", Property.NodeScope, Property.Dynamic);
  public static final Setting<TimeValue> INGEST_MAX_WAIT =
      Setting.timeSetting(
          "lookalike.ingest.max_wait",
          TimeValue.timeValueMinutes(1),
          TimeValue.ZERO,
          Property.NodeScope,
          Property.Dynamic);

  private volatile long maxBytes;
  private volatile long maxPixels;
  private volatile TimeValue decodeTimeout;
  private volatile TimeValue ingestMaxWait;

  public LookalikeSettings(Settings settings, ClusterSettings clusterSettings) {
    maxBytes = MAX_IMAGE_BYTES.get(settings).getBytes();
    maxPixels = MAX_IMAGE_PIXELS.get(settings);
    decodeTimeout = DECODE_TIMEOUT.get(settings);
    ingestMaxWait = INGEST_MAX_WAIT.get(settings);
    clusterSettings.addSettingsUpdateConsumer(
        MAX_IMAGE_BYTES, value -> maxBytes = value.getBytes());
    clusterSettings.addSettingsUpdateConsumer(MAX_IMAGE_PIXELS, value -> maxPixels = value);
    clusterSettings.addSettingsUpdateConsumer(DECODE_TIMEOUT, value -> decodeTimeout = value);
    clusterSettings.addSettingsUpdateConsumer(INGEST_MAX_WAIT, value -> ingestMaxWait = value);
  }

  /** Every setting, for registration. */
  public static List<Setting<?>> all() {
    return List.of(MAX_IMAGE_BYTES, MAX_IMAGE_PIXELS, DECODE_TIMEOUT, CACHE_SIZE, INGEST_MAX_WAIT);
  }

  /** What one picture may cost, as of now. */
  public DecodeLimits decodeLimits() {
    return new DecodeLimits(maxBytes, maxPixels, Duration.ofNanos(decodeTimeout.nanos()));
  }

  /** How long a document waits for a place in the queue before it fails. */
  public TimeValue ingestMaxWait() {
    return ingestMaxWait;
  }
}
