// HtmlUnit, driven line by line: `visit URL`, `type NAME VALUE`, `click SELECTOR`. Each is answered with one line: the
// status, address and title of the page that is open then, or what went wrong. Errors in scripts are errors here.

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.htmlunit.Page;
import org.htmlunit.WebClient;
import org.htmlunit.html.DomElement;
import org.htmlunit.html.HtmlInput;
import org.htmlunit.html.HtmlPage;

public class Remote {
  public static void main(String[] arguments) throws Exception {
    Logger.getLogger("org.htmlunit").setLevel(Level.OFF);
    try (WebClient client = new WebClient()) {
      client.getOptions().setJavaScriptEnabled(arguments[0].equals("with-scripts"));
      client.getOptions().setThrowExceptionOnFailingStatusCode(false);
      client.getOptions().setCssEnabled(false);
      BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        System.out.println(answer(client, line.split(" ", 3)));
      }
    }
  }

  private static String answer(WebClient client, String[] words) {
    try {
      switch (words[0]) {
        case "visit" -> client.getPage(words[1]);
        case "type" -> open(client).<HtmlInput>getElementByName(words[1]).type(words[2]);
        case "click" -> find(open(client), words[1]).click();
        default -> throw new IllegalArgumentException(words[0]);
      }
      client.waitForBackgroundJavaScript(100);
      return describe(client.getCurrentWindow().getEnclosedPage());
    } catch (Exception error) {
      return "failed: " + error.toString().replaceAll("\\s+", " ");
    }
  }

  private static HtmlPage open(WebClient client) {
    return (HtmlPage) client.getCurrentWindow().getEnclosedPage();
  }

  private static DomElement find(HtmlPage page, String selector) {
    DomElement element = page.querySelector(selector);
    if (element == null) throw new IllegalStateException("No " + selector + " on " + describe(page));
    return element;
  }

  private static String describe(Page page) {
    String title = page instanceof HtmlPage html ? html.getTitleText() : "";
    return page.getWebResponse().getStatusCode() + " " + page.getUrl() + " " + title;
  }
}
