package org.lookalike.model;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertSame;
import static org.junit.Assert.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;

/** With the shipped artefact, and folders that a node's owner might have put beside it. */
public class ModelRegistryTests {
  private static final Path SHIPPED = Path.of(System.getProperty("lookalike.model"));

  @Rule public final TemporaryFolder temporary = new TemporaryFolder();

  @Test
  public void theShippedModelIsFoundByNameAndHash() throws Exception {
    Artefact expected = Artefact.read(SHIPPED);
    try (ModelRegistry models = new ModelRegistry(List.of(SHIPPED.getParent()))) {
      assertEquals(expected, models.require("default").artefact());
      assertSame(models.require("default"), models.bySha256(expected.sha256()));
      assertNull(models.bySha256("0000"));
      String message = problem(models, "shop");
      assertEquals(
          "no model [shop] on this node; installed: [" + expected.identity() + "]", message);
    }
  }

  @Test
  public void aModelThatCannotBeUsedIsKeptWithItsReason() throws Exception {
    Path own = temporary.newFolder().toPath();
    Path broken = copyOfShipped(own, "broken");
    Files.write(broken.resolve("model.onnx"), new byte[] {1, 2, 3});
    Files.createDirectory(own.resolve("empty"));
    try (ModelRegistry models = new ModelRegistry(List.of(own))) {
      assertEquals(List.of(), List.copyOf(models.artefacts()));
      assertEquals(List.of("broken", "empty"), List.copyOf(models.unusable().keySet()));
      assertEquals(
          "model [broken] cannot be used on this node: "
              + broken.resolve("model.onnx")
              + " is not the file that model.json describes: expected sha256 "
              + Artefact.read(SHIPPED).sha256()
              + ", found 039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81",
          problem(models, "broken"));
    }
  }

  @Test
  public void aDimensionThatTheGraphDoesNotHaveIsRefused() throws Exception {
    Path own = temporary.newFolder().toPath();
    Path wrong = copyOfShipped(own, "wrong");
    String json = Files.readString(wrong.resolve("model.json"));
    Files.writeString(
        wrong.resolve("model.json"), json.replace("\"dimension\": 256", "\"dimension\": 128"));
    try (ModelRegistry models = new ModelRegistry(List.of(own))) {
      assertEquals(
          wrong.resolve("model.onnx")
              + ": model.json says [128] dimensions, the graph gives [-1, 256]",
          models.unusable().get("wrong"));
    }
  }

  @Test
  public void theShippedModelKeepsItsName() throws Exception {
    Path own = temporary.newFolder().toPath();
    copyOfShipped(own, "default");
    try (ModelRegistry models = new ModelRegistry(List.of(SHIPPED.getParent(), own))) {
      assertEquals(SHIPPED, models.require("default").artefact().folder());
    }
  }

  private static Path copyOfShipped(Path parent, String name) throws IOException {
    Path folder = Files.createDirectory(parent.resolve(name));
    Files.copy(SHIPPED.resolve("model.onnx"), folder.resolve("model.onnx"));
    String json = Files.readString(SHIPPED.resolve("model.json"));
    Files.writeString(
        folder.resolve("model.json"),
        json.replace("\"name\": \"default\"", "\"name\": \"" + name + "\""));
    return folder;
  }

  private static String problem(ModelRegistry models, String name) {
    return assertThrows(IllegalArgumentException.class, () -> models.require(name)).getMessage();
  }
}
