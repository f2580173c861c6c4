package org.lookalike.index;

import java.util.List;
import org.lookalike.model.Artefact;
import org.lookalike.model.Encoder;
import org.lookalike.model.ModelRegistry;

/** Decides which model embeds a picture, and refuses to compare what cannot be compared. */
public final class ModelChoice {
  private final ModelRegistry models;

  public ModelChoice(ModelRegistry models) {
    this.models = models;
  }

  /**
   * The model that filled every field of {@code fields}.
   *
   * @param named the model that the caller asks for, or null for the one that the indices record
   * @throws IllegalArgumentException that names both, if an index holds another model's vectors or
   *     vectors of another length
   */
  public Encoder choose(String named, List<VectorField> fields) {
    VectorField recording =
        fields.stream().filter(field -> field.modelSha256() != null).findFirst().orElse(null);
    Encoder encoder;
    if (named != null) {
      encoder = models.require(named);
    } else if (recording == null) {
      encoder = models.require(ModelRegistry.DEFAULT_MODEL);
    } else {
      encoder = recorded(recording);
    }
    fields.forEach(field -> requireFit(encoder.artefact(), field));
    return encoder;
  }

  private Encoder recorded(VectorField field) {
    Encoder encoder = models.bySha256(field.modelSha256());
    if (encoder == null) {
      throw new IllegalArgumentException(
          "index ["
              + field.index()
              + "] holds vectors of model ["
              + field.model()
              + "], this node has "
              + models.installed()
              + ": put that model into the folder config/lookalike/models of every node");
    }
    return encoder;
  }

  private static void requireFit(Artefact model, VectorField field) {
    if (field.modelSha256() != null && field.modelSha256().equals(model.sha256()) == false) {
      throw new IllegalArgumentException(
          "index ["
              + field.index()
              + "] holds vectors of model ["
              + field.model()
              + "], the picture would be embedded by ["
              + model.identity()
              + "]: vectors of two models cannot be compared");
    }
    if (field.dimension() != model.dimension()) {
      throw new IllegalArgumentException(
          "field ["
              + field.field()
              + "] of index ["
              + field.index()
              + "] holds vectors of ["
              + field.dimension()
              + "] numbers, model ["
              + model.identity()
              + "] makes ["
              + model.dimension()
              + "]");
    }
  }
}
