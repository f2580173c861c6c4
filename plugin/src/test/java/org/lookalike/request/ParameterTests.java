package org.lookalike.request;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.Test;
import org.opensearch.common.CheckedConsumer;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.core.common.ParsingException;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.xcontent.DeprecationHandler;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;

/** What JSON cannot say and its binary forms can; the rest is tested through a node. */
public class ParameterTests {

  @Test
  public void bytesInPlaceOfAValueAreRefusedInWords() throws IOException {
    Map<String, CheckedConsumer<Parameter, IOException>> readers = new LinkedHashMap<>();
    readers.put("must be text", Parameter::text);
    readers.put("must be a number", Parameter::number);
    readers.put("must be true or false", Parameter::flag);
    readers.put("must be an object", parameter -> parameter.members(member -> {}));
    for (XContentType type : List.of(XContentType.CBOR, XContentType.SMILE)) {
      for (var reader : readers.entrySet()) {
        ParsingException thrown =
            assertThrows(ParsingException.class, () -> readBytes(type, reader.getValue()));
        assertEquals("[test] [value] " + reader.getKey() + ", found bytes", thrown.getMessage());
      }
    }
  }

  private static void readBytes(XContentType type, CheckedConsumer<Parameter, IOException> reader)
      throws IOException {
    try (XContentBuilder body = XContentBuilder.builder(type.xContent())) {
      body.startObject().field("value", new byte[] {1, 2, 3}).endObject();
      try (XContentParser parser =
          type.xContent()
              .createParser(
                  NamedXContentRegistry.EMPTY,
                  DeprecationHandler.THROW_UNSUPPORTED_OPERATION,
                  BytesReference.toBytes(BytesReference.bytes(body)))) {
        assertTrue(parser.nextToken() == XContentParser.Token.START_OBJECT);
        Parameter.readAll(parser, "test", reader);
      }
    }
  }
}
