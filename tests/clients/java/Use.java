// A small app on the client by openapi-generator: `Use URL NAME` registers, `Use URL NAME TOKEN` does the rest.

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.nio.file.Files;
import java.util.List;
import java.util.UUID;
import org.openapitools.client.ApiException;
import org.openapitools.client.api.AuthApi;
import org.openapitools.client.api.BookApi;
import org.openapitools.client.api.ContactsApi;
import org.openapitools.client.api.ExchangeApi;
import org.openapitools.client.api.UsersApi;
import org.openapitools.client.model.*;

public class Use {
  static final String PASSWORD = "notes on the analytical engine";
  static final String CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Caroline Herschel\r\nN:Herschel;Caroline;;;\r\nEND:VCARD\r\n";

  interface Call {
    void make() throws Exception;
  }

  public static void main(String[] given) throws Exception {
    String url = given[0], name = given[1];
    if (given.length == 2) register(url, name);
    else use(url, signIn(url, name, given[2]));
  }

  static void register(String url, String name) throws Exception {
    Registration person = new Registration().username(name).email(name + "@example.org").password(PASSWORD);
    User user = new AuthApi(Http.client(url, null)).registerAccount(person, null);
    check(!user.getEmailVerified(), "a new account is not verified");
  }

  static TokenPair signIn(String url, String name, String token) throws Exception {
    AuthApi stranger = new AuthApi(Http.client(url, null));
    check(stranger.verifyEmail(new MailedToken().token(token), null).getEmailVerified(), "the account is verified");
    TokenPair first = stranger.signIn(new SignInCredentials().username(name).password(PASSWORD), null);
    AuthApi beside = new AuthApi(Http.client(url, first.getAccessToken()));
    return beside.refreshTokens(null, new RefreshTokenBody().refreshToken(first.getRefreshToken()));
  }

  static void use(String url, TokenPair pair) throws Exception {
    var client = Http.client(url, pair.getAccessToken());
    ContactsApi contacts = new ContactsApi(client);
    UUID id = write(contacts);
    synchronise(new BookApi(client), id);
    exchange(new ExchangeApi(client));
    sendPhoto(contacts);
    new AuthApi(client).signOut(null, new RefreshTokenBody().refreshToken(pair.getRefreshToken()));
    refused(ProblemType.SESSION_REVOKED, () -> new UsersApi(client).getProfile(null));
  }

  static UUID write(ContactsApi contacts) throws Exception {
    UUID id = UUID.randomUUID();
    ContactCreation mary = new ContactCreation().id(id).firstName("Mary").birthday("1780-12-26").labels(List.of("science"));
    var created = contacts.createContactWithHttpInfo(mary, null);
    check(created.getStatusCode() == 201, "created");
    String tag = header(created.getHeaders(), "etag");
    Contact changed = contacts.changeContact(id, new ContactChange().lastName("Somerville"), null, tag, null);
    check(changed.getFirstName().equals("Mary") && changed.getLabels().equals(List.of("science")), "PATCH leaves the rest");
    Problem late = refused(ProblemType.PRECONDITION_FAILED,
        () -> contacts.changeContact(id, new ContactChange().lastName("Fairfax"), null, tag, null));
    check(late.getCurrent().getLastName().equals("Somerville"), "the refusal has the current contact");
    Contact cleared = contacts.changeContact(id, new ContactChange().birthday(""), null, null, null);
    check(cleared.getBirthday() == null && cleared.getLastName().equals("Somerville"), "an empty string clears");
    return id;
  }

  static void synchronise(BookApi book, UUID id) throws Exception {
    ContactDelta first = book.listChanges(null, null, null, null);
    check(first.getChanged().size() == 1 && first.getChanged().get(0).getId().equals(id), "one contact is there");
    BatchOperation deletion = new BatchOperation().op(BatchOperation.OpEnum.DELETE).id(id)
        .ifRevision(first.getChanged().get(0).getRevision());
    BatchResults done = book.applyBatch(new ContactBatch().addOperationsItem(deletion), null);
    check(done.getResults().get(0).getStatus() == 204, "deleted");
    ContactDelta second = book.listChanges(first.getSyncToken(), null, null, null);
    check(second.getChanged().isEmpty() && second.getDeleted().equals(List.of(id)), "the deletion is told");
  }

  static void exchange(ExchangeApi exchange) throws Exception {
    File card = File.createTempFile("phone", ".vcf");
    card.deleteOnExit();
    Files.writeString(card.toPath(), CARD);
    check(exchange.importContacts(card, null).getCreated() == 1, "imported");
    check(exchange.importContacts(card, null).getUnchanged() == 1, "imported again");
    for (String format : List.of("vcard", "csv", "json")) {
      String text = Files.readString(exchange.exportContacts(format, null, null).toPath(), UTF_8);
      check(text.contains("Herschel"), "exported as " + format);
    }
  }

  static void sendPhoto(ContactsApi contacts) throws Exception {
    UUID id = contacts.createContact(new ContactCreation().firstName("Ada"), null).getId();
    Contact shown = contacts.setContactPhoto(id, new File("docs/portrait.jpg"), null, null, null);
    check(shown.getPhotoUrl() != null, "the photo is there");
    check(contacts.getContact(id, null, null).getPhotoUrl().equals(shown.getPhotoUrl()), "and stays");
  }

  static Problem refused(ProblemType type, Call call) throws Exception {
    try {
      call.make();
    } catch (ApiException refusal) {
      Problem problem = Http.problem(refusal);
      check(problem.getType() == type, problem.getType() + " is " + type);
      return problem;
    }
    throw new AssertionError("not refused: " + type);
  }

  static String header(java.util.Map<String, List<String>> headers, String name) {
    return headers.entrySet().stream().filter(each -> each.getKey().equalsIgnoreCase(name)).findFirst().get().getValue().get(0);
  }

  static void check(boolean holds, String fact) {
    if (!holds) throw new AssertionError(fact);
  }
}
