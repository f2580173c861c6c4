package org.lookalike.model;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.opensearch.common.hash.MessageDigests;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.xcontent.DeprecationHandler;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.core.xcontent.XContentParser;

/**
 * The exported encoder on disk: {@code model.onnx} beside the {@code model.json} that describes it.
 *
 * @param name the model's name, which is also that of its folder
 * @param sha256 hexadecimal SHA-256 of {@code model.onnx}
 * @param dimension numbers in an embedding
 * @param nativeSize side in pixels of the square that the network sees
 * @param folder where both files lie
 */
public record Artefact(
    String name, String version, String sha256, int dimension, int nativeSize, Path folder) {

  private static final String DISTANCE = "cosinesimil";

  /** {@code name@sha256[:12]}: what the field {@code model} of every document holds. */
  public String identity() {
    return identity(name, sha256);
  }

  /** The short form in which a model is named to people and in documents. */
  public static String identity(String name, String sha256) {
    return name + "@" + sha256.substring(0, Math.min(12, sha256.length()));
  }

  public Path modelFile() {
    return folder.resolve("model.onnx");
  }

  /**
   * Read and check the description in {@code folder}.
   *
   * @throws ModelException if it is missing or cannot be used
   */
  public static Artefact read(Path folder) throws ModelException {
    Path file = folder.resolve("model.json");
    Map<String, Object> description;
    try (InputStream stream = Files.newInputStream(file);
        XContentParser parser =
            JsonXContent.jsonXContent.createParser(
                NamedXContentRegistry.EMPTY,
                DeprecationHandler.THROW_UNSUPPORTED_OPERATION,
                stream)) {
      description = parser.map();
    } catch (IOException | RuntimeException error) {
      throw new ModelException("cannot read " + file + ": " + error.getMessage());
    }
    Artefact artefact =
        new Artefact(
            text(description, "name", file),
            text(description, "version", file),
            text(description, "sha256", file),
            wholeNumber(description, "dimension", file),
            wholeNumber(description, "native_size", file),
            folder);
    String distance = text(description, "distance", file);
    if (distance.equals(DISTANCE) == false) {
      throw new ModelException(
          file + ": distance must be " + DISTANCE + ", found [" + distance + "]");
    }
    if (artefact.name.equals(folder.getFileName().toString()) == false) {
      throw new ModelException(
          file + " describes a model [" + artefact.name + "]: a model's folder bears its name");
    }
    if (artefact.dimension < 1 || artefact.nativeSize < 1) {
      throw new ModelException(file + ": dimension and native_size must be positive");
    }
    return artefact;
  }

  /**
   * The bytes of the ONNX file, after comparing their SHA-256 with the description's.
   *
   * @throws ModelException that names both hashes if they differ
   */
  public byte[] verifiedModel() throws ModelException {
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(modelFile());
    } catch (IOException error) {
      throw new ModelException("cannot read " + modelFile() + ": " + error.getMessage());
    }
    String found = MessageDigests.toHexString(MessageDigests.sha256().digest(bytes));
    if (found.equals(sha256) == false) {
      throw new ModelException(
          modelFile()
              + " is not the file that model.json describes: expected sha256 "
              + sha256
              + ", found "
              + found);
    }
    return bytes;
  }

  private static String text(Map<String, Object> description, String key, Path file)
      throws ModelException {
    if (description.get(key) instanceof String text) {
      return text;
    }
    throw wrong(file, key, "text", description.get(key));
  }

  private static int wholeNumber(Map<String, Object> description, String key, Path file)
      throws ModelException {
    if (description.get(key) instanceof Integer number) {
      return number;
    }
    throw wrong(file, key, "a whole number", description.get(key));
  }

  private static ModelException wrong(Path file, String key, String expected, Object found) {
    return new ModelException(
        file + ": [" + key + "] must be " + expected + ", found [" + found + "]");
  }
}
