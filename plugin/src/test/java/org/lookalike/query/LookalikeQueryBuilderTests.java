package org.lookalike.query;

import static org.hamcrest.Matchers.containsString;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.lookalike.LookalikePlugin;
import org.lookalike.embed.Region;
import org.lookalike.embed.Views;
import org.opensearch.common.io.stream.BytesStreamOutput;
import org.opensearch.common.settings.Settings;
import org.opensearch.core.common.io.stream.NamedWriteableAwareStreamInput;
import org.opensearch.core.common.io.stream.NamedWriteableRegistry;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.index.query.AbstractQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.TermQueryBuilder;
import org.opensearch.search.SearchModule;
import org.opensearch.test.AbstractSerializingTestCase;

/**
 * Clauses with any parameters survive the way over the wire and through every form of JSON. The
 * framework's test of queries does not serve here, for it wants a Lucene query of a shard, where
 * this clause never comes.
 */
public class LookalikeQueryBuilderTests extends AbstractSerializingTestCase<LookalikeQueryBuilder> {
  private static final SearchModule QUERIES =
      new SearchModule(Settings.EMPTY, List.of(new LookalikePlugin()));

  @Override
  protected LookalikeQueryBuilder createTestInstance() {
    boolean byImage = randomBoolean();
    int limit = between(0, 2);
    LookalikeClause clause =
        new LookalikeClause(
            randomAlphaOfLength(8),
            byImage ? randomAlphaOfLengthBetween(1, 200) : null,
            byImage ? null : randomLike(),
            randomList(0, 3, LookalikeQueryBuilderTests::randomLike),
            randomList(0, 3, LookalikeQueryBuilderTests::randomLike),
            byImage && randomBoolean() ? randomRegion() : Region.WHOLE,
            byImage ? new Views(randomBoolean(), randomBoolean()) : Views.NONE,
            limit == 0 ? between(1, 1000) : null,
            limit == 1 ? randomFloat() : null,
            limit == 2 ? randomFloat() : null,
            randomBoolean() ? new TermQueryBuilder("colour", randomAlphaOfLength(4)) : null,
            randomRescore(),
            randomBoolean() ? Map.of("ef_search", between(1, 100)) : null,
            randomBoolean() ? randomBoolean() : null,
            byImage && randomBoolean() ? randomAlphaOfLength(5) : null);
    return new LookalikeQueryBuilder(clause, null)
        .boost(randomBoolean() ? 1 : randomFloat())
        .queryName(randomBoolean() ? randomAlphaOfLength(5) : null);
  }

  @Override
  protected LookalikeQueryBuilder mutateInstance(LookalikeQueryBuilder instance)
      throws IOException {
    LookalikeQueryBuilder copy = copyInstance(instance);
    return randomBoolean()
        ? copy.boost(instance.boost() + 1)
        : copy.queryName(instance.queryName() + "x");
  }

  @Override
  protected Writeable.Reader<LookalikeQueryBuilder> instanceReader() {
    return in -> new LookalikeQueryBuilder(in, null);
  }

  @Override
  protected LookalikeQueryBuilder doParseInstance(XContentParser parser) throws IOException {
    parser.nextToken();
    QueryBuilder parsed = AbstractQueryBuilder.parseInnerQueryBuilder(parser);
    parser.nextToken();
    return (LookalikeQueryBuilder) parsed;
  }

  @Override
  protected NamedWriteableRegistry getNamedWriteableRegistry() {
    return new NamedWriteableRegistry(QUERIES.getNamedWriteables());
  }

  @Override
  protected NamedXContentRegistry xContentRegistry() {
    return new NamedXContentRegistry(QUERIES.getNamedXContents());
  }

  @Override
  protected String[] getShuffleFieldsExceptions() {
    return new String[] {"filter"};
  }

  public void testClausesOfANewerPluginAreRefusedOverTheWire() throws IOException {
    BytesStreamOutput out = new BytesStreamOutput();
    out.writeFloat(1); // boost
    out.writeOptionalString(null); // name
    out.writeVInt(3); // wire version
    try (StreamInput in =
        new NamedWriteableAwareStreamInput(
            out.bytes().streamInput(), getNamedWriteableRegistry())) {
      IOException error =
          expectThrows(IOException.class, () -> new LookalikeQueryBuilder(in, null));
      assertThat(error.getMessage(), containsString("of wire version [3]"));
      assertThat(error.getMessage(), containsString("update its plugin"));
    }
  }

  public void testClausesOfThePluginBeforeExamplesAreStillRead() throws IOException {
    BytesStreamOutput out = new BytesStreamOutput();
    out.writeFloat(1); // boost
    out.writeOptionalString(null); // name
    out.writeVInt(1); // wire version
    out.writeString("embedding");
    out.writeOptionalString(null); // image
    out.writeBoolean(true); // like
    out.writeString("photos");
    out.writeString("1");
    out.writeOptionalString("cover.vector");
    out.writeOptionalString(null); // routing
    Region.WHOLE.writeTo(out);
    Views.NONE.writeTo(out);
    out.writeOptionalVInt(7); // k
    out.writeOptionalFloat(null);
    out.writeOptionalFloat(null);
    out.writeOptionalNamedWriteable(null); // filter
    out.writeGenericValue(null); // rescore
    out.writeBoolean(false); // method_parameters
    out.writeOptionalBoolean(null);
    out.writeOptionalString(null); // model
    LookalikeClause expected =
        new LookalikeClause(
            "embedding",
            null,
            new LikeDocument("photos", "1", "cover.vector", null, null),
            List.of(),
            List.of(),
            Region.WHOLE,
            Views.NONE,
            7,
            null,
            null,
            null,
            null,
            null,
            null,
            null);
    try (StreamInput in =
        new NamedWriteableAwareStreamInput(
            out.bytes().streamInput(), getNamedWriteableRegistry())) {
      assertEquals(new LookalikeQueryBuilder(expected, null), new LookalikeQueryBuilder(in, null));
      assertEquals(-1, in.read());
    }
  }

  private static Object randomRescore() {
    return switch (between(0, 2)) {
      case 0 -> null;
      case 1 -> randomBoolean();
      default -> Map.of("oversample_factor", 2.5);
    };
  }

  private static LikeDocument randomLike() {
    return new LikeDocument(
        randomAlphaOfLength(6),
        randomAlphaOfLength(40),
        randomBoolean() ? randomAlphaOfLength(5) : null,
        randomBoolean() ? randomAlphaOfLength(3) : null,
        randomBoolean() ? between(0, 1000) : null);
  }

  private static Region randomRegion() {
    return new Region(
        randomDoubleBetween(0, 0.5, true),
        randomDoubleBetween(0, 0.5, true),
        randomDoubleBetween(0.01, 0.5, true),
        randomDoubleBetween(0.01, 0.5, true));
  }
}
