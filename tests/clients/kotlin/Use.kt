// A small app on the client by openapi-generator: `Use URL NAME` registers, `Use URL NAME TOKEN` does the rest.

import java.io.File
import java.util.UUID
import okhttp3.OkHttpClient
import org.openapitools.client.apis.AuthApi
import org.openapitools.client.apis.BookApi
import org.openapitools.client.apis.ContactsApi
import org.openapitools.client.apis.ExchangeApi
import org.openapitools.client.apis.ExchangeApi.FormatExportContacts
import org.openapitools.client.apis.UsersApi
import org.openapitools.client.infrastructure.ClientError
import org.openapitools.client.infrastructure.ClientException
import org.openapitools.client.infrastructure.Serializer
import org.openapitools.client.infrastructure.Success
import org.openapitools.client.models.*

const val PASSWORD = "notes on the analytical engine"
const val CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Caroline Herschel\r\nN:Herschel;Caroline;;;\r\nEND:VCARD\r\n"

val http = OkHttpClient()

fun main(given: Array<String>) {
    val (url, name) = given
    if (given.size == 2) register(url, name) else use(url, signIn(url, name, given[2]))
    http.dispatcher.executorService.shutdown()
    http.connectionPool.evictAll()
}

fun register(url: String, name: String) {
    val user = AuthApi(url, http).registerAccount(Registration(username = name, email = "$name@example.org", password = PASSWORD))
    check(!user.emailVerified)
}

fun signIn(url: String, name: String, token: String): TokenPair {
    val auth = AuthApi(url, http)
    check(auth.verifyEmail(MailedToken(token)).emailVerified)
    val first = auth.signIn(SignInCredentials(username = name, password = PASSWORD))
    auth.accessTokenProvider = { first.accessToken }
    return auth.refreshTokens(refreshTokenBody = RefreshTokenBody(first.refreshToken))
}

fun use(url: String, pair: TokenPair) {
    val bearer = { pair.accessToken }
    val contacts = ContactsApi(url, http).apply { accessTokenProvider = bearer }
    val id = write(contacts)
    synchronise(BookApi(url, http).apply { accessTokenProvider = bearer }, id)
    exchange(ExchangeApi(url, http).apply { accessTokenProvider = bearer })
    sendPhoto(contacts)
    AuthApi(url, http).apply { accessTokenProvider = bearer }.signOut(refreshTokenBody = RefreshTokenBody(pair.refreshToken))
    refused(ProblemType.SESSION_REVOKED) { UsersApi(url, http).apply { accessTokenProvider = bearer }.getProfile() }
}

fun write(contacts: ContactsApi): UUID {
    val id = UUID.randomUUID()
    val mary = ContactCreation(id = id, firstName = "Mary", birthday = "1780-12-26", labels = listOf("science"))
    val created = contacts.createContactWithHttpInfo(mary, null) as Success
    check(created.statusCode == 201)
    val tag = created.headers.entries.first { it.key.equals("etag", ignoreCase = true) }.value.first()
    val changed = contacts.changeContact(id, ContactChange(lastName = "Somerville"), ifMatch = tag)
    check(changed.firstName == "Mary" && changed.labels == listOf("science"))
    val late = refused(ProblemType.PRECONDITION_FAILED) {
        contacts.changeContact(id, ContactChange(lastName = "Fairfax"), ifMatch = tag)
    }
    check(late.current?.lastName == "Somerville")
    val cleared = contacts.changeContact(id, ContactChange(birthday = ""))
    check(cleared.birthday == null && cleared.lastName == "Somerville")
    return id
}

fun synchronise(book: BookApi, id: UUID) {
    val first = book.listChanges()
    check(first.changed.map { it.id } == listOf(id))
    val deletion = BatchOperation(op = BatchOperation.Op.DELETE, id = id, ifRevision = first.changed.single().revision)
    check(book.applyBatch(ContactBatch(listOf(deletion))).results.single().status == 204)
    val second = book.listChanges(since = first.syncToken)
    check(second.changed.isEmpty() && second.deleted == listOf(id))
}

fun exchange(exchange: ExchangeApi) {
    val card = File.createTempFile("phone", ".vcf").apply { deleteOnExit(); writeText(CARD) }
    check(exchange.importContacts(card).created == 1)
    check(exchange.importContacts(card).unchanged == 1)
    for (format in listOf(FormatExportContacts.VCARD, FormatExportContacts.CSV, FormatExportContacts.JSON)) {
        check("Herschel" in exchange.exportContacts(format).readText())
    }
}

fun sendPhoto(contacts: ContactsApi) {
    val id = contacts.createContact(ContactCreation(firstName = "Ada")).id
    val shown = contacts.setContactPhoto(id, File("docs/portrait.jpg"))
    check(shown.photoUrl != null && contacts.getContact(id).photoUrl == shown.photoUrl)
}

fun refused(type: ProblemType, call: () -> Unit): Problem {
    val refusal = try {
        call()
        null
    } catch (refusal: ClientException) {
        refusal.response as ClientError<*>
    }
    val problem = Serializer.gson.fromJson(checkNotNull(refusal).body as String, Problem::class.java)
    check(problem.type == type)
    return problem
}
