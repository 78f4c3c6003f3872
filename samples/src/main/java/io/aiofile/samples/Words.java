package io.aiofile.samples;

/** Counts words in text that comes in chunks, which may end inside a word. */
public final class Words {

  private long count;
  private boolean inWord;

  /** Takes the next bytes of a text in ASCII, UTF-8 or the like; white space parts words. */
  public void addChunk(byte[] chunk) {
    for (byte letter : chunk) {
      boolean space = letter == ' ' || (letter >= '\t' && letter <= '\r');
      if (!space && !inWord) {
        count++;
      }
      inWord = !space;
    }
  }

  /** {@return the words that began so far} */
  public long count() {
    return count;
  }
}
