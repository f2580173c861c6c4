package org.lookalike.ingest;

import static org.opensearch.ingest.ConfigurationUtils.newConfigurationException;
import static org.opensearch.ingest.ConfigurationUtils.readBooleanProperty;
import static org.opensearch.ingest.ConfigurationUtils.readOptionalStringProperty;
import static org.opensearch.ingest.ConfigurationUtils.readStringProperty;

import java.util.Map;
import java.util.function.Supplier;
import org.lookalike.embed.PictureEmbedder;
import org.lookalike.index.ModelChoice;
import org.lookalike.index.SearchTargets;
import org.opensearch.ingest.Processor;

/** Makes processors from the words of a pipeline. */
public final class ImageEmbeddingProcessorFactory implements Processor.Factory {
  /** What every processor of this node works with. */
  public record Services(
      IngestQueue queue, PictureEmbedder embedder, SearchTargets targets, ModelChoice models) {}

  // The node asks for its factories before it makes the plugin's components.
  private final Supplier<Services> services;

  public ImageEmbeddingProcessorFactory(Supplier<Services> services) {
    this.services = services;
  }

  @Override
  public Processor create(
      Map<String, Processor.Factory> factories,
      String tag,
      String description,
      Map<String, Object> config) {
    String type = ImageEmbeddingProcessor.TYPE;
    ImageEmbeddingProcessor.Options options =
        new ImageEmbeddingProcessor.Options(
            fieldName(tag, config, "field", "image"),
            fieldName(tag, config, "target_field", "embedding"),
            readOptionalStringProperty(type, tag, config, "model"),
            readBooleanProperty(type, tag, config, "keep_image", false),
            readBooleanProperty(type, tag, config, "thumbnail", true),
            readBooleanProperty(type, tag, config, "exif_location", false),
            readBooleanProperty(type, tag, config, "ignore_missing", false),
            TilingOptions.read(tag, config));
    Services used = services.get();
    return new ImageEmbeddingProcessor(
        tag, description, options, used.queue, used.embedder, used.targets, used.models);
  }

  private static String fieldName(
      String tag, Map<String, Object> config, String property, String byDefault) {
    String type = ImageEmbeddingProcessor.TYPE;
    String name = readStringProperty(type, tag, config, property, byDefault);
    if (name.isBlank()) {
      throw newConfigurationException(type, tag, property, "must name a field");
    }
    return name;
  }
}
