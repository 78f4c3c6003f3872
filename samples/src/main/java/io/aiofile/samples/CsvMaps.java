package io.aiofile.samples;

import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Feeds a CSV parser, which would pull from a stream and wait, with lines that come when they come:
 * it gets those of whole records, so that it never waits.
 *
 * <p>Faults throw IllegalArgumentException, which tells the line, counted from 1.
 */
public final class CsvMaps {

  /**
   * Of a record, in characters: a quote that is never closed would else take in all of the file.
   */
  private static final int RECORD_LENGTH_MAX = 1 << 20;

  /**
   * Where the parser is behind the text so far. Counting quotes would not do: only at its start
   * does a quote open a field, and {@code 5" disk} is one too.
   */
  private enum Place {
    FIELD_START,
    UNQUOTED,
    QUOTED,
    QUOTE_IN_QUOTED;

    Place after(char next) {
      boolean boundary = next == ',' || next == '\n' || next == '\r';
      return switch (this) {
        case FIELD_START -> next == '"' ? QUOTED : boundary ? FIELD_START : UNQUOTED;
        case UNQUOTED -> boundary ? FIELD_START : UNQUOTED;
        case QUOTED -> next == '"' ? QUOTE_IN_QUOTED : QUOTED;
        case QUOTE_IN_QUOTED -> next == '"' ? QUOTED : boundary ? FIELD_START : UNQUOTED;
      };
    }
  }

  private final StringBuilder record = new StringBuilder();
  private List<String> header = List.of();
  private Place place = Place.FIELD_START;
  private long lines;
  private long recordLine = 1;

  /**
   * Takes the next line.
   *
   * @param line with its separator
   * @return the records that are whole now: none within a quoted field
   */
  public List<Map<String, String>> addLine(String line) {
    lines++;
    for (int i = 0; i < line.length(); i++) {
      place = place.after(line.charAt(i));
    }
    record.append(line);
    if (place != Place.QUOTED) {
      return parsed();
    }
    if (record.length() > RECORD_LENGTH_MAX) {
      throw fault(
          recordLine, "a quoted field does not end within " + RECORD_LENGTH_MAX + " characters");
    }
    return List.of();
  }

  /**
   * There are no more lines.
   *
   * @return the last record, if it was not returned before
   */
  public List<Map<String, String>> end() {
    if (place == Place.QUOTED) {
      throw fault(recordLine, "a quoted field does not end");
    }
    return parsed();
  }

  private List<Map<String, String>> parsed() {
    List<Map<String, String>> maps = new ArrayList<>();
    try {
      for (CsvRecord next : CsvReader.builder().ofCsvRecord(record.toString())) {
        if (header.isEmpty()) {
          header = checkedHeader(next.getFields());
        } else {
          maps.add(map(next.getFields()));
        }
      }
    } catch (de.siegmar.fastcsv.reader.CsvParseException e) {
      throw new IllegalArgumentException("line " + recordLine + ": " + e.getMessage(), e);
    }
    record.setLength(0);
    recordLine = lines + 1;
    return maps;
  }

  private List<String> checkedHeader(List<String> names) {
    if (new HashSet<>(names).size() < names.size()) {
      throw fault(recordLine, "the header has a name twice: " + names);
    }
    return names;
  }

  private Map<String, String> map(List<String> fields) {
    if (fields.size() != header.size()) {
      throw fault(recordLine, fields.size() + " fields, where the header has " + header.size());
    }
    Map<String, String> map = new LinkedHashMap<>();
    for (int i = 0; i < fields.size(); i++) {
      map.put(header.get(i), fields.get(i));
    }
    return map;
  }

  private static IllegalArgumentException fault(long line, String what) {
    return new IllegalArgumentException("line " + line + ": " + what);
  }
}
