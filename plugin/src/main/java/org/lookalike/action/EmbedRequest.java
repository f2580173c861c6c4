package org.lookalike.action;

import java.io.IOException;
import org.lookalike.embed.Region;
import org.lookalike.model.ModelRegistry;
import org.lookalike.request.Parameter;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.ActionRequestValidationException;
import org.opensearch.action.ValidateActions;
import org.opensearch.core.common.ParsingException;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.XContentParser;

/** A picture as base64 or data: URI, the part of it that is meant, and the model's name. */
public final class EmbedRequest extends ActionRequest {
  private String image;
  private String model = ModelRegistry.DEFAULT_MODEL;
  private Region region = Region.WHOLE;

  public EmbedRequest() {}

  public EmbedRequest(StreamInput in) throws IOException {
    super(in);
    image = in.readString();
    model = in.readString();
    region = new Region(in);
  }

  /** Read a request's body; what it does not know is an error. */
  public static EmbedRequest parse(XContentParser parser) throws IOException {
    EmbedRequest request = new EmbedRequest();
    if (parser.nextToken() != XContentParser.Token.START_OBJECT) {
      throw new ParsingException(
          parser.getTokenLocation(), "[embed] expected an object, as in {\"image\": \"<base64>\"}");
    }
    Parameter.readAll(parser, "embed", request::read);
    return request;
  }

  private void read(Parameter parameter) throws IOException {
    switch (parameter.name()) {
      case "image" -> image = parameter.text();
      case "model" -> model = parameter.text();
      case "region" -> region = Region.read(parameter);
      default -> throw parameter.unknown("image", "model", "region");
    }
  }

  public String image() {
    return image;
  }

  public String model() {
    return model;
  }

  public Region region() {
    return region;
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    super.writeTo(out);
    out.writeString(image);
    out.writeString(model);
    region.writeTo(out);
  }

  @Override
  public ActionRequestValidationException validate() {
    return image != null
        ? null
        : ValidateActions.addValidationError("[image] is missing: a picture as base64", null);
  }
}
