package kafka

import (
	"encoding/base64"
	"slices"
	"strings"

	"github.com/IBM/sarama"
)

// A topic that is deleted and made anew begins with offset 0, and a commit of its former life says nothing about it. Where
// that lies beyond the end the broker refuses it, and the client begins at the start. Where the topic has grown beyond it,
// only the topic's id tells (KIP-516): a commit carries it, and one that carries another is not believed.
//
// What cannot be seen: brokers before 2.8 know no ids; a commit that somebody else made, Kafka's own tools for one, has
// none and is believed; and a topic that is made anew and outgrows the reader while its partition is held is only found
// out by the next claim, which then reads all of it.

// wordTopic begins the last word of a commit's metadata, the topic's id.
const wordTopic = " topic="

// topicWord is the length of the whole word: an id is 16 bytes, in base64.
const topicWord = len(wordTopic) + 22

// signed gives a commit's metadata with the id of its topic, where that is known.
func signed(metadata string, id sarama.Uuid) string {
	if id == (sarama.Uuid{}) {
		return metadata
	}
	return metadata + wordTopic + base64.RawURLEncoding.EncodeToString(id[:])
}

// unsigned takes apart what signed gave. What does not end in an id is metadata as a whole.
func unsigned(text string) (metadata string, id sarama.Uuid) {
	at := len(text) - topicWord
	if at < 0 || !strings.HasPrefix(text[at:], wordTopic) {
		return text, id
	}
	raw, err := base64.RawURLEncoding.DecodeString(text[at+len(wordTopic):])
	if err != nil || len(raw) != len(id) {
		return text, id
	}
	return text[:at], sarama.Uuid(raw)
}

// topicID asks for a topic's id, zero where the broker knows none.
func topicID(client sarama.Client, topic string) (sarama.Uuid, error) {
	broker := client.LeastLoadedBroker()
	if broker == nil {
		return sarama.Uuid{}, sarama.ErrOutOfBrokers
	}
	response, err := broker.GetMetadata(sarama.NewMetadataRequest(client.Config().Version, []string{topic}))
	if err != nil {
		_ = broker.Close() // it is opened again by whoever needs it next
		return sarama.Uuid{}, err
	}
	i := slices.IndexFunc(response.Topics, func(t *sarama.TopicMetadata) bool { return t.Name == topic })
	switch {
	case i < 0:
		return sarama.Uuid{}, sarama.ErrIncompleteResponse
	case response.Topics[i].Err != sarama.ErrNoError:
		return sarama.Uuid{}, response.Topics[i].Err
	default:
		return response.Topics[i].Uuid, nil
	}
}
