package org.lookalike.action;

import java.io.IOException;
import org.lookalike.embed.EmbeddedImage;
import org.lookalike.model.Artefact;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.ToXContentObject;
import org.opensearch.core.xcontent.XContentBuilder;

/** An embedding, which model made it, and what the picture was. */
public final class EmbedResponse extends ActionResponse implements ToXContentObject {
  private final String model;
  private final String format;
  private final int width;
  private final int height;
  private final float[] embedding;

  EmbedResponse(Artefact model, EmbeddedImage embedded) {
    this.model = model.identity();
    this.format = embedded.image().format();
    this.width = embedded.image().width();
    this.height = embedded.image().height();
    this.embedding = embedded.vectors().getFirst();
  }

  public EmbedResponse(StreamInput in) throws IOException {
    super(in);
    model = in.readString();
    format = in.readString();
    width = in.readVInt();
    height = in.readVInt();
    embedding = in.readFloatArray();
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeString(model);
    out.writeString(format);
    out.writeVInt(width);
    out.writeVInt(height);
    out.writeFloatArray(embedding);
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    return builder
        .startObject()
        .field("model", model)
        .field("format", format)
        .field("width", width)
        .field("height", height)
        .field("dimension", embedding.length)
        .array("embedding", embedding)
        .endObject();
  }
}
