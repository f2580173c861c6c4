package org.lookalike.request;

import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.opensearch.common.CheckedConsumer;
import org.opensearch.core.common.ParsingException;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.core.xcontent.XContentParser.Token;

/**
 * One parameter of a request, at whose value the parser stands. Whatever is wrong with it is a
 * {@link ParsingException} with its position, whose message names the parameter, what it must be
 * and what was found. Numbers and flags may also come as text, as search templates write them.
 */
public final class Parameter {
  private static final int LONGEST_SHOWN = 40;

  private final XContentParser parser;
  private final String owner;
  private final String inside;
  private final String name;

  private Parameter(XContentParser parser, String owner, String inside, String name) {
    this.parser = parser;
    this.owner = owner;
    this.inside = inside;
    this.name = name;
  }

  /**
   * Read all parameters of the object that the parser stands at.
   *
   * @param owner what has the parameters, for messages
   * @param reader reads the value of each
   */
  public static void readAll(
      XContentParser parser, String owner, CheckedConsumer<Parameter, IOException> reader)
      throws IOException {
    readAll(parser, owner, "", reader);
  }

  private static void readAll(
      XContentParser parser,
      String owner,
      String inside,
      CheckedConsumer<Parameter, IOException> reader)
      throws IOException {
    while (parser.nextToken() != Token.END_OBJECT) {
      Parameter parameter = new Parameter(parser, owner, inside, parser.currentName());
      try {
        parser.nextToken();
        reader.accept(parameter);
      } catch (StreamConstraintsException tooMuch) { // would be a 500
        throw parameter.problem("is too long or too deep: " + tooMuch.getMessage());
      }
    }
  }

  /** Its own name, without those of the objects that it stands in. */
  public String name() {
    return name;
  }

  public String text() throws IOException {
    if (parser.currentToken() != Token.VALUE_STRING) {
      throw wrong("must be text");
    }
    return parser.text();
  }

  /** One text, or a list of them. */
  public List<String> texts() throws IOException {
    if (parser.currentToken() != Token.START_ARRAY) {
      return List.of(text());
    }
    List<String> texts = new ArrayList<>();
    while (parser.nextToken() != Token.END_ARRAY) {
      texts.add(text());
    }
    return texts;
  }

  /** A finite number. */
  public double number() throws IOException {
    double value = number("must be a number");
    if (Double.isFinite(value) == false) {
      throw wrong("must be a finite number");
    }
    return value;
  }

  /** A number that is finite in 32 bits. */
  public float shortNumber() throws IOException {
    float value = (float) number();
    if (Float.isFinite(value) == false) {
      throw wrong("must be a finite number of 32 bits");
    }
    return value;
  }

  /** A whole number of at least 1; beyond 31 bits, the largest one. */
  public int count() throws IOException {
    return wholeNumber(1);
  }

  /** A whole number of at least {@code least}; beyond 31 bits, the largest one. */
  public int wholeNumber(int least) throws IOException {
    double value = number("must be a whole number");
    if (value != Math.rint(value)) { // NaN too
      throw wrong("must be a whole number");
    }
    if (value < least) {
      throw wrong("must be at least " + least);
    }
    return (int) value;
  }

  public boolean flag() throws IOException {
    if (isFlag() == false) {
      throw wrong("must be true or false");
    }
    return parser.text().equals("true");
  }

  /** Whether it is true or false, rather than anything else. */
  public boolean isFlag() throws IOException {
    Token token = parser.currentToken();
    return token == Token.VALUE_BOOLEAN
        || token == Token.VALUE_STRING && List.of("true", "false").contains(parser.text());
  }

  /**
   * What an object holds, unread.
   *
   * @param expected what is said if it is none
   */
  public Map<String, Object> object(String expected) throws IOException {
    requireObject(expected);
    return parser.map();
  }

  /** Read all members of an object as parameters of their own. */
  public void members(CheckedConsumer<Parameter, IOException> reader) throws IOException {
    requireObject("must be an object");
    readAll(parser, owner, inside + name + ".", reader);
  }

  /** Read one value, or each of a list of them as a parameter of its own. */
  public void elements(CheckedConsumer<Parameter, IOException> reader) throws IOException {
    if (parser.currentToken() != Token.START_ARRAY) {
      reader.accept(this);
      return;
    }
    for (int number = 0; parser.nextToken() != Token.END_ARRAY; number++) {
      reader.accept(new Parameter(parser, owner, inside, name + "[" + number + "]"));
    }
  }

  /**
   * The parser, for what others read.
   *
   * @param expected what is said if no object begins here
   */
  public XContentParser objectParser(String expected) throws IOException {
    requireObject(expected);
    return parser;
  }

  /** What to throw if nothing is called so. */
  public ParsingException unknown(String... known) {
    String names =
        Arrays.stream(known).map(each -> "[" + each + "]").collect(Collectors.joining(", "));
    return positioned("unknown parameter [" + inside + name + "], expected one of " + names);
  }

  /** What to throw if the value is of the right kind and wrong; {@code reason} follows the name. */
  public ParsingException problem(String reason) {
    return positioned("[" + inside + name + "] " + reason);
  }

  /** What to throw for a problem whose message names the parameter. */
  public ParsingException rejected(IllegalArgumentException problem) {
    return positioned(problem.getMessage());
  }

  private double number(String expected) throws IOException {
    Token token = parser.currentToken();
    if (token == Token.VALUE_NUMBER || token == Token.VALUE_STRING) {
      try {
        return Double.parseDouble(parser.text());
      } catch (NumberFormatException words) {
        throw wrong(expected);
      }
    }
    throw wrong(expected);
  }

  private void requireObject(String expected) throws IOException {
    if (parser.currentToken() != Token.START_OBJECT) {
      throw wrong(expected);
    }
  }

  private ParsingException wrong(String expected) throws IOException {
    return problem(expected + ", found " + found());
  }

  private String found() throws IOException {
    return switch (parser.currentToken()) {
      case START_OBJECT -> "an object";
      case START_ARRAY -> "an array";
      case VALUE_NULL -> "null";
      case VALUE_EMBEDDED_OBJECT -> "bytes"; // which CBOR and SMILE know
      default -> {
        String text = parser.text();
        yield "["
            + (text.length() <= LONGEST_SHOWN ? text : text.substring(0, LONGEST_SHOWN) + "…")
            + "]";
      }
    };
  }

  private ParsingException positioned(String message) {
    return new ParsingException(parser.getTokenLocation(), "[" + owner + "] " + message);
  }
}
