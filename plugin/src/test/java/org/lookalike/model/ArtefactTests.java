package org.lookalike.model;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.function.ThrowingRunnable;
import org.junit.rules.TemporaryFolder;

/** What a model folder may hold, and what is said of one that cannot be used. */
public class ArtefactTests {
  // printf model | sha256sum
  private static final String SHA256_OF_MODEL =
      "9372c470eeadd5ecd9c3c74c2b3cb633f8e2f2fad799250a0f70d652b6b825e4";

  @Rule public final TemporaryFolder temporary = new TemporaryFolder();
  private Path folder;

  @Before
  public void makeFolder() throws IOException {
    folder = temporary.newFolder("shop").toPath();
    Files.writeString(folder.resolve("model.onnx"), "model");
  }

  @Test
  public void aDescriptionIsReadAndItsModelVerified() throws Exception {
    describe("shop", "\"" + SHA256_OF_MODEL + "\"", "256", "cosinesimil");
    Artefact artefact = Artefact.read(folder);
    assertEquals("shop@9372c470eead", artefact.identity());
    assertEquals(256, artefact.dimension());
    assertEquals(224, artefact.nativeSize());
    assertArrayEquals("model".getBytes(), artefact.verifiedModel());
  }

  @Test
  public void anotherFileThanTheDescribedOneIsRefusedWithBothHashes() throws Exception {
    describe("shop", "\"" + SHA256_OF_MODEL + "\"", "256", "cosinesimil");
    Files.writeString(folder.resolve("model.onnx"), "other");
    assertMessage(
        folder.resolve("model.onnx")
            + " is not the file that model.json describes: expected sha256 "
            + SHA256_OF_MODEL
            + ", found d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa",
        () -> Artefact.read(folder).verifiedModel());
  }

  @Test
  public void whatADescriptionLacksIsNamed() throws IOException {
    Path file = folder.resolve("model.json");
    describe("shop", "17", "256", "cosinesimil");
    assertMessage(file + ": [sha256] must be text, found [17]", () -> Artefact.read(folder));
    describe("shop", "\"x\"", "\"256\"", "cosinesimil");
    assertMessage(
        file + ": [dimension] must be a whole number, found [256]", () -> Artefact.read(folder));
    describe("shop", "\"x\"", "0", "cosinesimil");
    assertMessage(
        file + ": dimension and native_size must be positive", () -> Artefact.read(folder));
    describe("shop", "\"x\"", "256", "l2");
    assertMessage(file + ": distance must be cosinesimil, found [l2]", () -> Artefact.read(folder));
    describe("other", "\"x\"", "256", "cosinesimil");
    assertMessage(
        file + " describes a model [other]: a model's folder bears its name",
        () -> Artefact.read(folder));
    Files.delete(file);
    assertMessage("cannot read " + file + ": " + file, () -> Artefact.read(folder));
  }

  private void describe(String name, String sha256, String dimension, String distance)
      throws IOException {
    String json =
        """
        {"name": "%s", "version": "1", "sha256": %s, "dimension": %s, "native_size": 224, "distance": "%s"}
        """;
    Files.writeString(
        folder.resolve("model.json"), json.formatted(name, sha256, dimension, distance));
  }

  private static void assertMessage(String expected, ThrowingRunnable action) {
    assertEquals(expected, assertThrows(ModelException.class, action).getMessage());
  }
}
