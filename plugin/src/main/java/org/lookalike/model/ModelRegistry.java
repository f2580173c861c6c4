package org.lookalike.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * The models of this node: the shipped one, and those that its owner put into the plugin's
 * configuration folder. All are loaded and checked when the node starts; one that cannot be used is
 * kept with the reason, so that a question for it gets that answer.
 */
public final class ModelRegistry implements AutoCloseable {
  public static final String DEFAULT_MODEL = "default";
  private static final Logger LOGGER = LogManager.getLogger(ModelRegistry.class);

  private final Map<String, Encoder> encoders = new TreeMap<>();
  private final Map<String, String> unusable = new TreeMap<>();

  /**
   * Load every model folder found in {@code folders}; of two models with one name the first counts,
   * so the shipped models' folder comes first.
   */
  public ModelRegistry(List<Path> folders) {
    folders.stream().flatMap(ModelRegistry::modelsIn).forEach(this::load);
  }

  /** The model of that name, or an {@link IllegalArgumentException} that says what there is. */
  public Encoder require(String name) {
    Encoder encoder = encoders.get(name);
    if (encoder != null) {
      return encoder;
    }
    String reason = unusable.get(name);
    throw new IllegalArgumentException(
        reason != null
            ? "model [" + name + "] cannot be used on this node: " + reason
            : "no model [" + name + "] on this node; installed: " + installed());
  }

  /** The model with that hash whatever its name, or null. */
  public Encoder bySha256(String sha256) {
    return encoders.values().stream()
        .filter(encoder -> encoder.artefact().sha256().equals(sha256))
        .findFirst()
        .orElse(null);
  }

  /** What can be used, by name. */
  public Collection<Artefact> artefacts() {
    return encoders.values().stream().map(Encoder::artefact).toList();
  }

  /** What cannot be used, with the reason. */
  public Map<String, String> unusable() {
    return unusable;
  }

  /** The identities of the models that can be used, for messages. */
  public String installed() {
    return artefacts().stream().map(Artefact::identity).collect(Collectors.joining(", ", "[", "]"));
  }

  @Override
  public void close() {
    encoders.values().forEach(Encoder::close);
  }

  private void load(Path folder) {
    String name = folder.getFileName().toString();
    if (encoders.containsKey(name) || unusable.containsKey(name)) {
      LOGGER.warn("model folder [{}] is ignored: the name [{}] is taken", folder, name);
      return;
    }
    try {
      Encoder encoder = new Encoder(Artefact.read(folder));
      encoders.put(name, encoder);
      LOGGER.info("model [{}] loaded", encoder.artefact().identity());
    } catch (ModelException error) {
      unusable.put(name, error.getMessage());
      LOGGER.error("model [{}] cannot be used: {}", name, error.getMessage());
    }
  }

  private static Stream<Path> modelsIn(Path folder) {
    List<Path> found = new ArrayList<>();
    if (Files.isDirectory(folder)) {
      try (Stream<Path> children = Files.list(folder)) {
        children.filter(Files::isDirectory).sorted().forEach(found::add);
      } catch (IOException error) {
        LOGGER.error("cannot list the models in [{}]: {}", folder, error.getMessage());
      }
    }
    return found.stream();
  }
}
